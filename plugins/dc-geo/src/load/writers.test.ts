import { describe, expect, it } from 'vitest';
import { Writers } from './writers.ts';

interface Item {
  readonly key: string;
  readonly number: number;
}

const items = (...keys: string[]): Item[] => keys.map((key, number) => ({ key, number }));

describe('writers', () => {
  it('write a batch when it holds enough claims, and the rest at the end', async () => {
    const written: number[] = [];
    const writers = new Writers<Item>({
      count: 1,
      batchSize: 2,
      write: async (batch) => void written.push(batch.length),
      onFailure: () => {},
    });
    for (const item of items('a', 'a', 'a', 'b', 'c')) await writers.add(item);
    await writers.finish();

    expect(written).toEqual([4, 1]);
  });

  it('do not gather one claim without an end', async () => {
    let written = 0;
    const writers = new Writers<Item>({
      count: 1,
      batchSize: 2,
      write: async (batch) => {
        written += batch.length;
      },
      onFailure: () => {},
    });
    for (let at = 0; at < 60; at++) await writers.add({ key: 'same', number: at });

    expect(written).toBeGreaterThanOrEqual(40);
  });

  it('keep the messages about one claim in order, whoever writes them', async () => {
    const seen = new Map<string, number[]>();
    const writers = new Writers<Item>({
      count: 4,
      batchSize: 3,
      write: async (batch) => {
        await new Promise((resolve) => setTimeout(resolve, batch.length % 3));
        for (const { key, number } of batch) seen.set(key, [...(seen.get(key) ?? []), number]);
      },
      onFailure: () => {},
    });
    for (let number = 0; number < 500; number++)
      await writers.add({ key: `k${number % 17}`, number });
    await writers.finish();

    expect([...seen.values()].flat()).toHaveLength(500);
    for (const numbers of seen.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('take no more than they can write', async () => {
    const gate = Promise.withResolvers<void>();
    const writers = new Writers<Item>({
      count: 1,
      batchSize: 1,
      write: () => gate.promise,
      onFailure: () => {},
    });
    await writers.add({ key: 'a', number: 1 });
    const second = writers.add({ key: 'b', number: 2 });
    const race = await Promise.race([second.then(() => 'taken'), Promise.resolve('waiting')]);
    gate.resolve();

    expect(race).toBe('waiting');
    await second;
  });

  it('stop at the first batch that fails, and say what it failed with', async () => {
    let failures = 0;
    let tries = 0;
    const writers = new Writers<Item>({
      count: 1,
      batchSize: 1,
      write: () => {
        tries++;
        return Promise.reject(new Error('no'));
      },
      onFailure: () => void failures++,
    });
    const added = items('a', 'b', 'c', 'd').reduce(
      (before, item) => before.then(() => writers.add(item)),
      Promise.resolve(),
    );

    await expect(added).rejects.toThrow('no');
    await expect(writers.finish()).rejects.toThrow('no');
    expect([failures, tries]).toEqual([1, 1]);
  });
});
