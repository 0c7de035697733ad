import { hostSchemaSql } from '../database/migrations.ts';
import { RunQueue } from '../engine/queue.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson } from './output.ts';

/** `bfd-host migrate`: brings the host's own schemas up to date, or prints the SQL for a DBA. */
export async function migrateCommand(options: {
  config: string;
  json?: boolean;
  sql?: boolean;
}): Promise<ExitCode> {
  if (options.sql) {
    const sql = `${await hostSchemaSql()}\n${RunQueue.schemaSql()}`;
    if (options.json) printJson({ sql });
    else print(sql);
    return EXIT.ok;
  }
  await using open = await openStore(options.config);
  await using _queue = await RunQueue.open(open.database, [], () => {});
  if (options.json) printJson({ applied: open.applied });
  else print('The schemas bfd_host and pgboss are up to date.');
  return EXIT.ok;
}
