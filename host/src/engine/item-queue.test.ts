import { randomUUID } from 'node:crypto';
import type { Json } from '@bfd-host/sdk';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import type { ItemCall, ItemQueue, TakenItem } from './item-queue.ts';
import { RunQueue } from './queue.ts';

const BUNDLE = 'a'.repeat(64);

async function open() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 6, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const queue = opening.use(await RunQueue.open(database, ['a-job'], () => {}));
  const items = await queue.items('a-job', BUNDLE);
  const opened = opening.move();
  return { database, queue, items, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const callOf = (epoch = 1, runId: string = randomUUID()): ItemCall => ({ runId, call: 0, epoch });

const placed = (items: readonly Json[]) => items.map((item, index) => ({ index, item }));

async function takeOne(items: ItemQueue): Promise<TakenItem> {
  const [taken] = await items.take(1);
  if (!taken) throw new Error('there was no item to take');
  return taken;
}

describe('items of a run', () => {
  it('go to whoever takes them, each once, and are over when all are settled', async () => {
    await using host = await open();
    const { items } = host;
    const call = callOf();
    const ids = await items.put(call, placed(['a', 'b', 'c']));

    const takes = await Promise.all([items.take(2), items.take(2)]);
    const taken = takes.flat();
    expect(taken.map(({ item }) => item).sort()).toEqual(['a', 'b', 'c']);
    expect(await items.progress(call.runId)).toEqual({ done: 0, left: 3 });
    for (const each of taken)
      await items.settle([{ item: each, outcome: { result: `${each.item}!` } }]);

    expect(await items.progress(call.runId)).toEqual({ done: 3, left: 0 });
    const outcomes = await items.outcomes(ids);
    expect(ids.map((id) => outcomes.get(id))).toEqual([
      { result: 'a!' },
      { result: 'b!' },
      { result: 'c!' },
    ]);
  });

  it('of another bundle are not seen', async () => {
    await using host = await open();
    await host.items.put(callOf(), placed(['a']));
    const other = await host.queue.items('a-job', 'b'.repeat(64));

    expect(await other.take(5)).toEqual([]);
  });

  it('that failed come again as another attempt, when it is time', async () => {
    await using host = await open();
    const call = callOf();
    await host.items.put(call, placed(['a']));
    const first = await takeOne(host.items);
    await host.items.again(first, { isFailure: true, isSuspect: false });

    const second = await takeOne(host.items);
    expect(second).toMatchObject({ item: 'a', attempt: 2 });
    await host.items.again(second, { isFailure: true, isSuspect: false, delayMs: 60_000 });

    expect(await host.items.take(1)).toEqual([]);
    expect(await host.items.progress(call.runId)).toEqual({ done: 0, left: 1 });
  });

  it('that died with others beside them come again as suspects, as the same attempt', async () => {
    await using host = await open();
    await host.items.put(callOf(), placed(['a']));
    await host.items.again(await takeOne(host.items), { isFailure: false, isSuspect: true });

    expect(await takeOne(host.items)).toMatchObject({ attempt: 1, isSuspect: true });
  });

  it('stay ours while they are touched, and not after somebody else has them', async () => {
    await using host = await open();
    await host.items.put(callOf(), placed(['a', 'b']));
    const taken = await host.items.take(2);
    await host.database.pool.query(
      "update pgboss.job set retry_count = 1 where data ->> 'item' = 'b'",
    );

    const a = taken.find(({ item }) => item === 'a');
    expect(await host.items.touch(taken)).toEqual(new Set([a?.ticket.id]));
  });

  it('put in again by the next attempt of the run keep what is done, and try what failed', async () => {
    await using host = await open();
    const { items } = host;
    const call = callOf(1);
    await items.put(call, placed(['done', 'failed', 'waiting']));
    for (const taken of await items.take(3)) {
      if (taken.item === 'done') await items.settle([{ item: taken, outcome: { result: 1 } }]);
      else if (taken.item === 'failed')
        await items.settle([{ item: taken, outcome: { error: { code: 'NO' } } }]);
      else await items.again(taken, { isFailure: false, isSuspect: false });
    }

    const ids = await items.put({ ...call, epoch: 2 }, placed(['done', 'failed', 'waiting']));
    await items.keepOnly(ids);

    expect(await items.progress(call.runId)).toEqual({ done: 1, left: 2 });
    const again = await items.take(5);
    expect(again.map(({ item, epoch, attempt }) => [item, epoch, attempt]).sort()).toEqual([
      ['failed', 2, 1],
      ['waiting', 2, 1],
    ]);
  });

  it('of an earlier run are gone when the next one puts in its own', async () => {
    await using host = await open();
    await host.items.put(callOf(), placed(['old']));
    const ids = await host.items.put(callOf(), placed(['new']));
    await host.items.keepOnly(ids);

    expect((await host.items.take(5)).map(({ item }) => item)).toEqual(['new']);
  });

  it('are taken back when the run is cancelled, and whoever works on one cannot put it back', async () => {
    await using host = await open();
    const call = callOf();
    await host.items.put(call, placed(['a', 'b']));
    const taken = await takeOne(host.items);

    await host.items.withdraw(call.runId);
    await host.items.again(taken, { isFailure: false, isSuspect: false });

    expect(await host.items.progress(call.runId)).toEqual({ done: 0, left: 0 });
  });

  it('that went well are gone when the run has succeeded, and what failed can be looked at', async () => {
    await using host = await open();
    const ids = await host.items.put(callOf(), placed(['good', 'bad']));
    for (const item of await host.items.take(2)) {
      const outcome = item.item === 'good' ? { result: 1 } : { error: { code: 'NO' } };
      await host.items.settle([{ item, outcome }]);
    }

    await host.items.clear();
    expect(await host.items.outcomes(ids)).toEqual(new Map([[ids[1], { error: { code: 'NO' } }]]));
  });

  it('are forgotten when their run is over, but not if its next attempt has put them in again', async () => {
    await using host = await open();
    const call = callOf(1);
    await host.items.put(call, placed(['a', 'b']));
    const [one, other] = await host.items.take(2);
    if (!one || !other) throw new Error('there were no items to take');
    await host.items.forget(one);
    await host.items.put({ ...call, epoch: 2 }, placed(['a', 'b']));
    await host.items.forget(other);

    expect(await host.items.progress(call.runId)).toEqual({ done: 0, left: 2 });
  });

  it('are settled by who has them, and not by who had them', async () => {
    await using host = await open();
    const ids = await host.items.put(callOf(), placed(['a']));
    const item = await takeOne(host.items);
    await host.database.pool.query('update pgboss.job set retry_count = 1');
    await host.items.settle([{ item, outcome: { result: 1 } }]);

    expect(await host.items.outcomes(ids)).toEqual(new Map());
  });
});
