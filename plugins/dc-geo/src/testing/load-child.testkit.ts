/**
 * A load in a process of its own, for tests that kill it: `node load-child.testkit.ts '{"type":"FISS",…}'`. Says
 * `done` when it is.
 */

import pg from 'pg';
import { rdaConfigSchema } from '../config.ts';
import type { ClaimType } from '../layout/layout.ts';
import { LAYOUTS } from '../layout/layouts.ts';
import { runLoad } from '../load/rda-load.ts';
import { contextOn, listeningLogger } from './run-context.testkit.ts';

/** What the parent says. */
export interface ChildOrder {
  readonly type: ClaimType;
  readonly databaseUrl: string;
  readonly config: object;
}

const { type, databaseUrl, config }: ChildOrder = JSON.parse(process.argv[2] ?? '');
const pool = new pg.Pool({ connectionString: databaseUrl });
await runLoad({
  layout: LAYOUTS[type],
  config: rdaConfigSchema.parse(config),
  db: pool,
  log: listeningLogger(),
  // What was reported is not kept: how much memory a load takes is measured here as well.
  ctx: { ...contextOn(pool, new AbortController().signal), progress() {} },
});
await pool.end();
process.stdout.write('done\n');
