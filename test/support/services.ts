/**
 * One PostgreSQL and one S3 server for a whole test run, in a folder of its own below the temporary
 * folder. Test processes find them by an environment variable, see `freshDatabase` in the testkit.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinLocalStack } from '@bfd-host/local-stack';
import { SERVICES_VARIABLE } from '@bfd-host/testkit';

export default async function startServices(): Promise<() => Promise<void>> {
  const runs = join(tmpdir(), `bfd-host-tests-${process.getuid?.() ?? 'user'}`);
  await mkdir(runs, { recursive: true, mode: 0o700 });
  await removeRemains(runs);
  const home = join(runs, String(process.pid));
  const stack = await joinLocalStack({ home, postgres: true, s3: true });
  process.env[SERVICES_VARIABLE] = JSON.stringify({ postgres: stack.postgres, s3: stack.s3 });
  return async () => {
    await stack.leave();
    await rm(home, { recursive: true, force: true });
  };
}

// A run that was killed leaves its services behind, in a folder named by its pid: joining without
// wanting any, then leaving, stops them.
async function removeRemains(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    if (isRunning(Number(name))) continue;
    const home = join(runs, name);
    try {
      const remains = await joinLocalStack({ home, postgres: false, s3: false });
      await remains.leave();
      await rm(home, { recursive: true, force: true });
    } catch {
      // Another run that begins now is removing the same; what it leaves is for the next.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
