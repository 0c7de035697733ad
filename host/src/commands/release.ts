import { notify } from '../database/notifications.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson } from './output.ts';
import { unknownJob } from './unknown-job.ts';

/** `bfd-host release JOB`: lets a job back that was quarantined for crashing. */
export async function releaseCommand(
  name: string,
  options: { config: string; json?: boolean },
): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const { jobs } = open.setup;
  if (!jobs.some((job) => job.name === name)) throw unknownJob(name, jobs);
  await open.database.transaction(async (client) => {
    await open.store.noteCrashes(name, null, client);
    await notify(client, { kind: 'wake' });
  });
  if (options.json) printJson({ released: name });
  else print(`${name} may run again.`);
  return EXIT.ok;
}
