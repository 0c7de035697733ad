import { describe, expect, it } from 'vitest';
import { LowWater } from './low-water.ts';

describe('how far everything is stored', () => {
  it('follows batches that end in order', () => {
    const water = new LowWater();
    const [a, b, c] = [1n, 5n, 9n].map((sequence) => water.add(sequence));

    expect(water.ifStored([a, b] as never)).toBe(5n);
    water.stored([a, b] as never);
    expect(water.ifStored([c] as never)).toBe(9n);
  });

  it('waits for a batch that was there before', () => {
    const water = new LowWater();
    const one = water.add(1n);
    const two = water.add(2n);
    const three = water.add(3n);

    expect(water.ifStored([two])).toBeUndefined();
    water.stored([two]);
    expect(water.reached).toBeUndefined();
    expect(water.ifStored([one])).toBe(2n);
    water.stored([one]);
    expect(water.reached).toBe(2n);
    water.stored([three]);
    expect(water.reached).toBe(3n);
  });

  it('forgets what is stored', () => {
    const water = new LowWater();
    for (let sequence = 1n; sequence <= 50_000n; sequence++) water.stored([water.add(sequence)]);

    expect(water.reached).toBe(50_000n);
    expect(water.ifStored([water.add(50_001n)])).toBe(50_001n);
  });
});
