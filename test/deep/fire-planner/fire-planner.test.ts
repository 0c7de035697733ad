// Whatever happens to hosts, clocks and connections, every fire of the plan is accounted for exactly once.
// A few seeds by default; many more and longer ones with BFD_DEEP=1.

import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../host/src/database/database.ts';
import { migrateHostSchema } from '../../../host/src/database/migrations.ts';
import { RunQueue } from '../../../host/src/engine/queue.ts';
import { RunRequests } from '../../../host/src/engine/requests.ts';
import { SIMULATED_JOBS, Simulation } from './simulation.ts';

const IS_DEEP = process.env['BFD_DEEP'] === '1';
const SEEDS = Array.from({ length: IS_DEEP ? 30 : 3 }, (_, i) => i + 1);
const STEPS = IS_DEEP ? 300 : 120;

describe('hosts that sleep, die, lose the database and have the wrong time', () => {
  it('lose no fire and double none', { timeout: 30 * 60_000 }, async () => {
    await using resources = new AsyncDisposableStack();
    const fresh = resources.use(await freshDatabase());
    const database: Database = resources.use(
      await openDatabase({ url: fresh.url, poolSize: 10, applicationName: 'test' }),
    );
    await migrateHostSchema(database);
    const names = SIMULATED_JOBS.map(({ name }) => name);
    const queue = resources.use(await RunQueue.open(database, names, () => {}));
    const requests = new RunRequests(database, queue);

    const total = { planned: 0, ran: 0, missed: 0, records: 0 };
    for (const seed of SEEDS) {
      const accounts = await new Simulation(database, requests, seed).run(STEPS);
      for (const { job, planned, ran, missed, records, faults } of accounts) {
        expect(faults, `${job}, seed ${seed}`).toEqual([]);
        expect(ran + missed).toBe(planned);
        total.planned += planned;
        total.ran += ran;
        total.missed += missed;
        total.records += records;
      }
    }
    if (IS_DEEP) console.log('simulated fires', JSON.stringify(total));
    expect(total.ran).toBeGreaterThan(100);
    expect(total.missed).toBeGreaterThan(100);
  });
});
