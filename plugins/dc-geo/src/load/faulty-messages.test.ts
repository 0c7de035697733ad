// Messages that cannot be stored: where they go, when they stop a load, what becomes of them.

import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { claimIdOf, fissChange, mcsChange } from '../testing/claims.testkit.ts';
import {
  countOf,
  listSource,
  load,
  loaded,
  mockServer,
  progressOf,
  rdaDatabase,
  someClaims,
} from '../testing/harness.testkit.ts';

describe('a faulty message', () => {
  it('stops the load when none is allowed, and nothing of its batch is stored', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 101 }), {
      faults: { badSequences: [100] },
    });
    const test = {
      type: 'FISS',
      server,
      pool: db.pool,
      signal,
      config: { batchSize: 17 },
    } as const;

    const { error } = await load(test);

    expect(error).toMatchObject({
      code: 'BFD_RDA_ERROR_LIMIT',
      isPermanent: true,
      fields: { unresolved: 1, limit: 0 },
      places: [{ code: 'BFD_RDA_FIELD', column: { value: 'hicNo' } }],
    });
    expect(await countOf(db.pool, 'rda.fiss_claims')).toBe(85);
    expect(await progressOf(db.pool, 'FISS')).toBe(85);
    expect(await lettersIn(db.pool)).toMatchObject([{ sequence: '100', status: 'UNRESOLVED' }]);
  });

  it('stops every later run before it streams', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 5 }), {
      faults: { badSequences: [3] },
    });
    const test = { type: 'MCS', server, pool: db.pool, signal } as const;
    await load(test);

    const { error } = await load(test);

    expect(error).toMatchObject({ code: 'BFD_RDA_ERROR_LIMIT' });
    expect(server.streams).toHaveLength(1);
    const { counts } = await loaded({ ...test, config: { errorLimit: 1 } });
    expect(counts).toMatchObject({ claims: 4, putAside: 1 });
    expect(await progressOf(db.pool, 'MCS')).toBe(5);
  });

  it('is put aside whole, with everything that is wrong with it, and tells nobody else', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    const faulty = fissChange(2, {
      hic_no: 'HIDDEN-FROM-ALL-EYES',
      total_charge_amount: 'a lot',
      recd_dt_cymd: '2024-02-30',
      medical_record_no: 'with a \0 in it',
      fiss_proc_codes: [{ rda_position: 1 }, { proc_cd: 'B', rda_position: 40_000 }],
    });
    await using server = await mockServer(
      listSource('FISS', [fissChange(1), faulty, fissChange(3)]),
    );

    const { counts, lines } = await loaded({
      type: 'FISS',
      server,
      pool: db.pool,
      signal,
      config: { errorLimit: 1 },
    });

    expect(counts).toMatchObject({ messages: 3, claims: 2, putAside: 1 });
    const [letter] = await lettersIn(db.pool);
    expect(letter).toMatchObject({
      sequence: '2',
      claimType: 'FISS',
      claimId: claimIdOf('key-2'),
      apiSource: '0.14.1',
      message: {
        changeType: 'CHANGE_TYPE_UPDATE',
        seq: '2',
        claim: {
          rdaClaimKey: 'key-2',
          hicNo: 'HIDDEN-FROM-ALL-EYES',
          medicalRecordNo: 'with a \ufffd in it',
        },
      },
      errors: [
        { fieldName: 'hicNo', errorMessage: 'invalid length: expected=[1,12] actual=20' },
        { fieldName: 'totalChargeAmount', errorMessage: 'invalid amount' },
        { fieldName: 'recdDtCymd', errorMessage: 'invalid date' },
        { fieldName: 'medicalRecordNo', errorMessage: 'has a character that cannot be stored' },
        {
          fieldName: 'fissProcCodes[0].procCd',
          errorMessage: 'invalid length: expected=[1,10] actual=0',
        },
        { fieldName: 'fissProcCodes[1].rdaPosition', errorMessage: 'is too large' },
      ],
    });
    expect(JSON.stringify(lines)).not.toMatch(/HIDDEN|a lot|02-30/);
  });

  it('is put aside once, however often it comes', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 4 }), {
      faults: { badSequences: [2] },
    });
    const config = { errorLimit: 5, startingSequence: 1 };
    for (let run = 0; run < 2; run++) {
      await loaded({ type: 'MCS', server, pool: db.pool, signal, config });
    }

    expect(await lettersIn(db.pool)).toHaveLength(1);
  });

  it('is resolved when it comes again and can be stored', async ({ signal }) => {
    await using db = await rdaDatabase();
    const test = { type: 'MCS', pool: db.pool, signal } as const;
    await using bad = await mockServer(someClaims({ messages: 4 }), {
      faults: { badSequences: [2] },
    });
    await loaded({ ...test, server: bad, config: { errorLimit: 5 } });
    await using good = await mockServer(someClaims({ messages: 4 }));

    const { counts } = await loaded({
      ...test,
      server: good,
      config: { errorLimit: 5, startingSequence: 1 },
    });

    expect(counts).toMatchObject({ resolved: 1 });
    expect(await lettersIn(db.pool)).toMatchObject([{ sequence: '2', status: 'RESOLVED' }]);
  });
});

describe('asking for faulty messages again', () => {
  const config = { errorLimit: 5, processDlq: true };

  it('stores what can be stored now, and marks what the API has no more', async ({ signal }) => {
    await using db = await rdaDatabase();
    const test = { type: 'MCS', pool: db.pool, signal } as const;
    const tooLong = { idr_contr_id: 'too long' };
    await using bad = await mockServer(
      listSource('MCS', [
        mcsChange(1),
        mcsChange(2, tooLong),
        mcsChange(3, tooLong),
        mcsChange(4, tooLong),
      ]),
    );
    await loaded({ ...test, server: bad, config });
    // Mended, gone, and nothing comes.
    await using mended = await mockServer(listSource('MCS', [mcsChange(2), mcsChange(4, tooLong)]));

    const { counts } = await loaded({ ...test, server: mended, config });

    expect(counts).toMatchObject({ messages: 0, claims: 1, resolved: 1, obsolete: 1 });
    expect(await lettersIn(db.pool)).toMatchObject([
      { sequence: '2', status: 'RESOLVED' },
      { sequence: '3', status: 'OBSOLETE' },
      { sequence: '4', status: 'UNRESOLVED' },
    ]);
    expect(mended.streams.map(({ since }) => Number(since))).toEqual([1, 2, 3, 4]);
    expect(await progressOf(db.pool, 'MCS')).toBe(4);
  });

  it('leaves a message alone when nothing comes for it', async ({ signal }) => {
    await using db = await rdaDatabase();
    const test = { type: 'MCS', pool: db.pool, signal } as const;
    await using bad = await mockServer(someClaims({ messages: 1 }), {
      faults: { badSequences: [1] },
    });
    await loaded({ ...test, server: bad, config });
    await using silent = await mockServer(listSource('MCS', []), { keepsOpen: true });

    const { outcome } = await loaded({
      ...test,
      server: silent,
      config: { ...config, maxIdleSeconds: 0.05 },
      timings: { redriveWaitMs: 50 },
    });

    expect(outcome).toEqual({ kind: 'nothing-to-do' });
    expect(await lettersIn(db.pool)).toMatchObject([{ sequence: '1', status: 'UNRESOLVED' }]);
  });

  it('does not put an old state over a newer one', async ({ signal }) => {
    await using db = await rdaDatabase();
    const test = { type: 'MCS', pool: db.pool, signal } as const;
    const old = mcsChange(1, {
      idr_clm_hd_icn: 'one',
      idr_hic: 'OLD',
      mcs_details: [{ idr_dtl_number: 1 }],
    });
    const newer = mcsChange(2, { idr_clm_hd_icn: 'one', idr_hic: 'NEW' });
    const tooLong = { ...old, claim: { ...old.claim, idr_contr_id: 'too long' } };
    await using bad = await mockServer(listSource('MCS', [tooLong, newer]));
    await loaded({ ...test, server: bad, config });
    await using mended = await mockServer(listSource('MCS', [old, newer]));

    const { counts } = await loaded({ ...test, server: mended, config });

    expect(counts).toMatchObject({ resolved: 1, claims: 0 });
    const { rows } = await db.pool.query('select idr_hic from rda.mcs_claims');
    expect(rows).toEqual([{ idr_hic: 'NEW' }]);
    expect(await countOf(db.pool, 'rda.mcs_details')).toBe(0);
  });
});

describe('a faulty DELETE that comes again', () => {
  it('leaves a claim alone that was written since', async ({ signal }) => {
    await using db = await rdaDatabase();
    const test = { type: 'MCS', pool: db.pool, signal } as const;
    const config = { errorLimit: 5, processDlq: true, honourDeletes: true };
    const gone = { seq: '1', change_type: 'CHANGE_TYPE_DELETE', icn: 'one' };
    const back = mcsChange(2, { idr_clm_hd_icn: 'one' });
    await using bad = await mockServer(
      listSource('MCS', [{ ...gone, icn: 'much too long to be one' }, back]),
    );
    await loaded({ ...test, server: bad, config });
    await using mended = await mockServer(listSource('MCS', [gone, back]));

    const { counts } = await loaded({ ...test, server: mended, config });

    expect(counts).toMatchObject({ resolved: 1, deleted: 0 });
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(1);
  });
});

describe('settled messages', () => {
  it('are deleted when they are old enough, unresolved ones never', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(listSource('MCS', []));
    await db.pool.query(`
      insert into rda.message_errors
             (sequence_number, claim_type, claim_id, api_source, created_date, updated_date, errors, message, status)
      select n, type, 'x', '1', now(), now() - make_interval(days => days), '[]', '{}', status
        from (values (1, 'MCS', 8, 'RESOLVED'), (2, 'MCS', 8, 'UNRESOLVED'), (3, 'MCS', 6, 'OBSOLETE'),
                     (4, 'FISS', 8, 'OBSOLETE'), (5, 'MCS', 8, 'OBSOLETE')) as v (n, type, days, status)`);

    const config = { errorExpireDays: 7, errorLimit: 1 };
    const { counts } = await loaded({ type: 'MCS', server, pool: db.pool, signal, config });

    expect(counts).toMatchObject({ expired: 2 });
    expect((await lettersIn(db.pool)).map(({ sequence }) => sequence)).toEqual(['2', '3', '4']);
  });
});

async function lettersIn(pool: Pool) {
  const { rows } = await pool.query(`
    select sequence_number::text as sequence, claim_type as "claimType", claim_id as "claimId",
           api_source as "apiSource", errors, message, status
      from rda.message_errors order by sequence_number`);
  return rows;
}
