import { describe, expect, it, vi } from 'vitest';
import { TEST_HASHING, Workbench } from './load.testkit.ts';
import { Random, recordsText } from './rif/rows.testkit.ts';
import { beneficiaries, beneficiary } from './updates.testkit.ts';

// Several loads a test.
vi.setConfig({ testTimeout: 120_000 });

describe('an interrupted load', () => {
  it('goes on with the next run, and ends as one that was not interrupted', async () => {
    const files = [
      beneficiaries(
        ...Array.from({ length: 25 }, (_, id) =>
          beneficiary(id % 5 === 0 ? 'UPDATE' : 'INSERT', { BENE_ID: String(id) }),
        ),
      ),
      {
        name: 'h.csv',
        type: 'BENEFICIARY_HISTORY' as const,
        text: recordsText('BENEFICIARY_HISTORY', new Random('h'), {
          records: 40,
          firstId: 0,
          beneficiaries: ['1', '2'],
        }),
      },
      {
        name: 'c.csv',
        type: 'CARRIER' as const,
        text: recordsText('CARRIER', new Random('c'), { records: 60, firstId: 1 }),
      },
      {
        name: 'p.csv',
        type: 'PDE' as const,
        text: recordsText('PDE', new Random('p'), { records: 60, firstId: 1 }),
      },
    ];
    await using whole = await Workbench.make();
    await whole.send(files);
    await whole.run();
    const expected = await whole.contents();

    for (let seed = 0; seed < 3; seed++) {
      const random = new Random(`interrupted ${seed}`);
      await using bench = await Workbench.make({
        ...TEST_HASHING,
        connections: 1 + (seed % 3),
        chunkBytes: 4_000,
      });
      await bench.send(files);
      let commits = 0;
      bench.beforeCommit = async () => {
        if (++commits % (3 + random.below(9)) === 0) throw new Error('cut');
      };
      let attempts = 0;
      while (
        !(await bench.run().then(
          () => true,
          () => false,
        ))
      ) {
        bench.restart();
        if (++attempts > 60) throw new Error('it does not come to an end');
      }

      expect(attempts).toBeGreaterThan(0);
      expect(await bench.contents()).toEqual(expected);
      const { rows } = await bench.db.query(
        'select status, last_record_number::int as last from ccw.s3_data_files order by index',
      );
      expect(rows).toEqual([25, 40, 60, 60].map((last) => ({ status: 'COMPLETED', last })));
    }
  });

  it('by the end of its database sessions tells so, and goes on', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, chunkBytes: 4_000 });
    await bench.send([
      {
        name: 'c.csv',
        type: 'CARRIER',
        text: recordsText('CARRIER', new Random('killed'), { records: 80, firstId: 1 }),
      },
    ]);
    let commits = 0;
    bench.beforeCommit = async () => {
      if (++commits !== 8) return;
      await bench.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
    };

    const error = await bench.runToError();
    expect(error.name).not.toBe('JobError');
    expect(await bench.count('ccw.carrier_claims')).toBeLessThan(80);

    await bench.run();
    expect(await bench.count('ccw.carrier_claims')).toBe(80);
    expect(await bench.count('ccw.orphans')).toBe(80);
  });
});
