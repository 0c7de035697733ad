// graphile-worker, for comparison alone: with all it needs it is thirty packages, so it is installed when a bench wants it.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { succeeds } from '../../../test/support/commands.ts';

/** What is used of it. */
interface GraphileWorker {
  readonly Logger: new (make: () => () => void) => object;
  runMigrations(options: object): Promise<void>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
}

export interface Yardstick extends AsyncDisposable {
  /** @returns tasks a second, so many at a time, each doing nothing */
  drain(tasks: number, concurrency: number): Promise<number>;
}

export async function installGraphileWorker(databaseUrl: string): Promise<Yardstick> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-bench-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  await cp(path.join(import.meta.dirname, '../yardsticks/graphile-worker'), folder, {
    recursive: true,
  });
  await succeeds('npm', ['ci'], { cwd: folder });
  const require = createRequire(path.join(folder, 'package.json'));
  const { Logger, run, runMigrations }: GraphileWorker = require('graphile-worker');
  const pgPool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  opening.defer(() => pgPool.end());
  const fail = (error: Error): never => {
    throw error;
  };
  pgPool.on('error', fail).on('connect', (client) => client.on('error', fail));
  await runMigrations({ pgPool });
  const opened = opening.move();
  return {
    drain: async (tasks, concurrency) => {
      await pgPool.query(
        `select graphile_worker.add_job('noop', json_build_object('n', n)) from generate_series(1, $1::int) as n`,
        [tasks],
      );
      const ended = Promise.withResolvers<void>();
      let done = 0;
      const began = performance.now();
      const runner = await run({
        pgPool,
        concurrency,
        noHandleSignals: true,
        logger: new Logger(() => () => {}),
        taskList: {
          noop: () => {
            if (++done === tasks) ended.resolve();
          },
        },
      });
      await ended.promise;
      const seconds = (performance.now() - began) / 1000;
      await runner.stop();
      return tasks / seconds;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
