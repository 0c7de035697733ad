// What is known of a run while it goes on, and of one whose host died.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EXPIRE, FAILED, JOB, NEVER, openHost, type Says, WORK } from './execute-run.testkit.ts';
import { executeRun } from './execute-run.ts';
import { settleAbandoned } from './settle-abandoned.ts';

describe('a run', () => {
  it('that the host itself cannot start fails, with the place and without the words', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const specOf = () => Promise.reject(new TypeError('secret'));

    const { ending } = await executeRun(run, { ...host.deps(() => WORK), specOf }, NEVER, 1000);

    expect(ending).toMatchObject({ result: 'failed', error: { code: 'BFD_HOST_FAULT' } });
    expect(JSON.stringify(host.events)).not.toContain('secret');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ errorCode: 'BFD_HOST_FAULT' }]);
  });

  it('that was interrupted goes on as the same attempt, and is shown as running', async () => {
    await using host = await openHost();
    const first = await host.begin();
    const interrupted: Says = (hooks) => {
      hooks.workStarts();
      return FAILED;
    };
    const stop = AbortSignal.abort('stopping');
    await executeRun(first, host.deps(interrupted), stop, 1000);
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'interrupted' }]);

    const second = await host.begin();
    let shown: unknown;
    const resumed: Says = async (hooks) => {
      hooks.workStarts();
      await expect
        .poll(async () => (shown = (await host.store.runs({ limit: 9 })).at(0)?.result))
        .toBe('running');
      return WORK;
    };
    await executeRun(second, host.deps(resumed), NEVER, 1000);

    expect(second).toMatchObject({ runId: first.runId, attempt: 1 });
    expect(shown).toBe('running');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'succeeded' }]);
  });

  it('that is over does not change by progress that comes late', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );
    const identity = { ...run, jobVersion: '1', plugin: 'p', pluginVersion: '1' };
    const late = {
      ...identity,
      job: JOB.name,
      epoch: run.lease.epoch,
      startedAt: new Date(),
    };

    await host.store.begin(late);
    await host.store.progress(late, { done: 1, unit: 'files' });

    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { result: 'succeeded', progress: null },
    ]);
  });

  it('of a host that died is told and recorded as lost, once', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await host.database.pool.query(EXPIRE);
    await using lease = await host.leases.claim(JOB.name);
    if (!lease) throw new Error('not claimed');

    await settleAbandoned(
      JOB,
      lease,
      host.deps(() => WORK),
    );

    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { runId: run.runId, result: 'lost', errorCode: 'BFD_RUN_LOST' },
    ]);
    expect(host.events).toMatchObject([{ event: 'run.finished', result: 'lost' }]);
  });

  it('whose end is known is not called lost afterwards', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );
    await using next = await host.leases.claim(JOB.name);
    if (!next) throw new Error('not claimed');
    const { runId, attempt } = run;
    const abandoned = {
      runId,
      attempt,
      trigger: 'startup',
      triggerDetail: null,
      startedAt: new Date(),
      bootId: randomUUID(),
      epoch: 1,
    };

    const lost = await host.database.transaction((client) =>
      host.store.markLost(
        client,
        abandoned,
        { job: JOB.name, version: '1', plugin: { name: 'p', version: '1' } },
        { code: 'BFD_RUN_LOST', message: 'x' },
      ),
    );

    expect(lost).toBeUndefined();
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'succeeded' }]);
  });
});
