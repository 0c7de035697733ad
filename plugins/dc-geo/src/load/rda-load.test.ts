// The loads against a mock server over real gRPC, into a real database.

import { describe, expect, it } from 'vitest';
import { claimIdOf, fissChange, mcsChange } from '../testing/claims.testkit.ts';
import {
  countOf,
  endState,
  listSource,
  load,
  loaded,
  mockServer,
  progressOf,
  rdaDatabase,
  someClaims,
} from '../testing/harness.testkit.ts';

describe.each(['FISS', 'MCS'] as const)('a load of %s claims', (type) => {
  const claims = `rda.${type.toLowerCase()}_claims`;

  it('stores every claim and message, and how far it is', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 120 }));

    const { counts, context } = await loaded({
      type,
      server,
      pool: db.pool,
      signal,
      config: { batchSize: 50 },
    });

    expect(counts).toMatchObject({ messages: 120, claims: 120, putAside: 0 });
    expect(await countOf(db.pool, claims)).toBe(120);
    expect(await countOf(db.pool, 'rda.claim_message_meta_data')).toBe(120);
    expect(await progressOf(db.pool, type)).toBe(120);
    expect(context.reported.at(-1)).toMatchObject({ done: 120 });
  });

  it('leaves the same rows in whatever batches and over however many writers they come', async ({
    signal,
  }) => {
    // Each claim changes about eight times, each sixteenth message is a DELETE.
    await using server = await mockServer(
      someClaims({ messages: 160, claims: 20, deleteEvery: 16 }),
    );
    const states = [];
    for (const [batchSize, writeThreads] of [
      [1000, 1],
      [7, 1],
      [5, 3],
    ]) {
      await using db = await rdaDatabase();
      const config = {
        batchSize: batchSize ?? 1,
        writeThreads: writeThreads ?? 1,
        honourDeletes: true,
      };
      await loaded({ type, server, pool: db.pool, signal, config });
      states.push(await endState(db.pool, type));
    }

    expect(states[0]?.[claims]).toMatch(/^1\d /);
    expect(states[0]?.['progress']).toBe('160');
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
  });

  it('changes nothing when all is sent again', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 60, claims: 15 }));
    await loaded({ type, server, pool: db.pool, signal });
    const before = await endState(db.pool, type);

    await loaded({ type, server, pool: db.pool, signal, config: { startingSequence: 1 } });

    expect(await endState(db.pool, type)).toEqual(before);
  });

  it('finds nothing to do when nothing is new', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 10 }));
    await loaded({ type, server, pool: db.pool, signal });

    const { outcome, context } = await loaded({ type, server, pool: db.pool, signal });

    expect(outcome).toEqual({ kind: 'nothing-to-do' });
    expect(context.commits()).toBe(0);
    expect(context.reported).toEqual([]);
    expect(server.streams.at(-1)).toEqual({ type, since: 10n });
  });
});

describe('a server that fails in the middle', () => {
  it('leaves the full batches before it, and the next run goes on from there', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 100 }), {
      faults: { failAfter: 50, times: 1 },
    });
    const test = { type: 'MCS', server, pool: db.pool, signal, config: { batchSize: 17 } } as const;

    const { error } = await load(test);

    expect(error).toMatchObject({ code: 'BFD_RDA_SERVER', isPermanent: false });
    expect(String(error)).not.toContain('to order');
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(34);
    expect(await progressOf(db.pool, 'MCS')).toBe(34);

    await loaded(test);
    expect(server.streams.map(({ since }) => since)).toEqual([0n, 34n]);
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(100);
  });
});

describe('where to begin', () => {
  it('is what the configuration says, and progress goes back there', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 30 }));
    const test = { type: 'FISS', server, pool: db.pool, signal } as const;
    await loaded(test);
    await using failing = await mockServer(someClaims({ messages: 30 }), {
      faults: { failAfter: 0 },
    });

    await load({ ...test, server: failing, config: { startingSequence: 21 } });

    expect(failing.streams).toEqual([{ type: 'FISS', since: 20n }]);
    expect(await progressOf(db.pool, 'FISS')).toBe(20);
  });
});

describe('a claim that changes', () => {
  it('has the rows of its latest message alone', async ({ signal }) => {
    await using db = await rdaDatabase();
    const codes = (...all: string[]) => ({
      rda_claim_key: 'one',
      fiss_proc_codes: all.map((proc_cd, at) => ({ proc_cd, rda_position: at + 1 })),
    });
    const source = listSource('FISS', [
      fissChange(1, codes('A', 'B', 'C')),
      fissChange(2, codes('D', 'E')),
      fissChange(3, { ...codes('F'), hic_no: 'LATEST' }),
    ]);
    await using server = await mockServer(source);

    await loaded({ type: 'FISS', server, pool: db.pool, signal, config: { batchSize: 1 } });

    const { rows } = await db.pool.query(`
      select hic_no, sequence_number, rda_position, proc_code
        from rda.fiss_claims join rda.fiss_proc_codes using (claim_id)`);
    expect(rows).toEqual([
      { hic_no: 'LATEST', sequence_number: '3', rda_position: 1, proc_code: 'F' },
    ]);
    expect(await countOf(db.pool, 'rda.claim_message_meta_data')).toBe(3);
  });
});

describe('DELETE messages', () => {
  const source = listSource('MCS', [
    mcsChange(1, { idr_clm_hd_icn: 'stays' }),
    mcsChange(2, { idr_clm_hd_icn: 'goes', mcs_details: [{ idr_dtl_number: 1 }] }),
    { seq: '3', change_type: 'CHANGE_TYPE_DELETE', icn: 'goes' },
  ]);

  it('are skipped, counted, and do not move progress by themselves', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(source);
    const test = { type: 'MCS', server, pool: db.pool, signal } as const;

    const { counts, lines } = await loaded(test);

    expect(counts).toMatchObject({ claims: 2, deletesSkipped: 1 });
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'DELETE messages are skipped' }),
    );
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(2);
    expect(await progressOf(db.pool, 'MCS')).toBe(2);
    const again = await loaded(test);
    expect(again.outcome).toEqual({ kind: 'nothing-to-do' });
    expect(again.context.reported).toEqual([]);
  });

  it('delete the claim with all that belongs to it where they are honoured', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(source);

    const config = { honourDeletes: true, batchSize: 1 };
    const { counts } = await loaded({ type: 'MCS', server, pool: db.pool, signal, config });

    expect(counts).toMatchObject({ deleted: 1, deletesSkipped: 0 });
    const { rows } = await db.pool.query('select idr_clm_hd_icn as icn from rda.mcs_claims');
    expect(rows).toEqual([{ icn: 'stays' }]);
    expect(await countOf(db.pool, 'rda.mcs_details')).toBe(0);
    expect(await progressOf(db.pool, 'MCS')).toBe(3);
  });
});

describe('FISS claims without a real document control number', () => {
  it('are passed over', async ({ signal }) => {
    await using db = await rdaDatabase();
    const dcns = ['00000000000', '     ', 'ABCDEFGHIJKLMNXXXQRST', 'ABCDEFGHIJKLMNOPQRS'];
    const messages = dcns.map((dcn, at) => fissChange(at + 1, { dcn }));
    await using server = await mockServer(listSource('FISS', messages));

    const { counts } = await loaded({ type: 'FISS', server, pool: db.pool, signal });

    expect(counts).toMatchObject({ messages: 4, skipped: 3, claims: 1 });
    const { rows } = await db.pool.query('select claim_id from rda.fiss_claims');
    expect(rows).toEqual([{ claim_id: claimIdOf('key-4') }]);
  });
});

describe('what a stored message leaves besides the claim', () => {
  it('is its state, its places, its source and its person', async ({ signal }) => {
    await using db = await rdaDatabase();
    const source = {
      phase: 'p2',
      phase_seq_num: 7,
      extract_date: '2024-03-04',
      transmission_timestamp: '2024-03-05T06:07:08.123456-05:00',
    };
    await using server = await mockServer(
      listSource('FISS', [
        fissChange(5, { mbi: '1S00E00AA00', curr_tran_dt_cymd: '2024-02-29' }, { source }),
      ]),
    );

    await loaded({ type: 'FISS', server, pool: db.pool, signal });

    const { rows } = await db.pool.query(`
      select claim_type, m.sequence_number, m.claim_id, claim_state, transaction_date::text, claim_location, phase,
             phase_seq_num, extract_date::text, transmission_timestamp = '2024-03-05T11:07:08.123456Z' as "isThen",
             mbi, hash, c.mbi_id = m.mbi_id as "isOne", api_source
        from rda.claim_message_meta_data m join rda.mbi_cache using (mbi_id) join rda.fiss_claims c using (claim_id)`);
    expect(rows).toEqual([
      {
        claim_type: 'F',
        sequence_number: '5',
        claim_id: claimIdOf('key-5'),
        claim_state: 'M',
        transaction_date: '2024-02-29',
        claim_location: ['M', 'ABC'],
        phase: 2,
        phase_seq_num: 7,
        extract_date: '2024-03-04',
        isThen: true,
        mbi: '1S00E00AA00',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        isOne: true,
        api_source: '0.14.1',
      },
    ]);
  });
});

describe('old claims', () => {
  it('are deleted before the load, as many as allowed, but for those that came from files', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 12 }));
    await loaded({ type: 'MCS', server, pool: db.pool, signal });
    await db.pool.query(`
      update rda.mcs_claims set last_updated = now() - interval '61 days' where sequence_number <= 8;
      update rda.mcs_claims set last_updated = now() - interval '59 days' where sequence_number = 9;
      update rda.mcs_claims set api_source = 'S3:0.14.1' where sequence_number = 1`);
    const config = { cleanup: { runSize: 7, transactionSize: 3 } };

    const { counts } = await loaded({ type: 'MCS', server, pool: db.pool, signal, config });

    // Two whole transactions of three go into seven.
    expect(counts).toMatchObject({ cleanedUp: 6, messages: 0 });
    const next = await loaded({ type: 'MCS', server, pool: db.pool, signal, config });
    expect(next.counts).toMatchObject({ cleanedUp: 1 });
    const { rows } = await db.pool.query(
      'select sequence_number::int as n from rda.mcs_claims order by 1',
    );
    expect(rows.map(({ n }) => n)).toEqual([1, 9, 10, 11, 12]);
  });
});
