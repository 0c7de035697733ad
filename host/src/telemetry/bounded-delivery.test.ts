import { describe, expect, it } from 'vitest';
import { BoundedDelivery, type SendResult } from './bounded-delivery.ts';

/** A collector that answers each batch with the next of these, and the last of them from then on. */
function open(
  answers: readonly SendResult[],
  options: { maxItems?: number; batchItems?: number } = {},
) {
  const batches: (readonly number[])[] = [];
  const lost: number[] = [];
  const delivery = new BoundedDelivery<number>({
    everyMs: 1,
    ...options,
    send: async (batch) => {
      batches.push(batch);
      return answers[Math.min(batches.length, answers.length) - 1] ?? 'sent';
    },
    onLost: (count) => lost.push(count),
  });
  return { batches, lost, delivery };
}

const add = (delivery: BoundedDelivery<number>, count: number) => {
  for (let item = 1; item <= count; item++) delivery.add(item);
};

describe('a delivery to a collector', () => {
  it('hands over all it took, in batches and in order', async () => {
    const { batches, lost, delivery } = open(['sent'], { batchItems: 2 });
    add(delivery, 5);

    await delivery.close(1000);

    expect(batches.flat()).toEqual([1, 2, 3, 4, 5]);
    expect(batches.every((batch) => batch.length <= 2)).toBe(true);
    expect(lost).toEqual([]);
  });

  it('drops the oldest when there is too much, and tells how many', async () => {
    const { batches, lost, delivery } = open(['sent'], { maxItems: 3 });
    add(delivery, 5);

    await delivery.close(1000);

    expect(batches.flat()).toEqual([3, 4, 5]);
    expect(lost.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(delivery.lost).toBe(2);
  });

  it('tries again when the collector is busy', async () => {
    const { batches, lost, delivery } = open(['again', 'sent']);
    add(delivery, 2);
    await expect.poll(() => batches.length, { timeout: 10_000 }).toBe(2);

    await delivery.close(1000);

    expect(batches).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(lost).toEqual([]);
  });

  it('takes smaller batches when one is too large', async () => {
    const { batches, lost, delivery } = open(['too-large', 'too-large', 'sent']);
    add(delivery, 4);

    await delivery.close(1000);

    expect(batches).toEqual([[1, 2, 3, 4], [1, 2], [1], [2], [3], [4]]);
    expect(lost).toEqual([]);
  });

  it('loses what is refused, and what alone is too large', async () => {
    const refused = open(['refused', 'sent'], { batchItems: 2 });
    add(refused.delivery, 3);
    await refused.delivery.close(1000);
    expect(refused.batches.flat()).toEqual([1, 2, 3]);
    expect(refused.delivery.lost).toBe(2);

    const large = open(['too-large']);
    add(large.delivery, 1);
    await large.delivery.close(1000);
    expect(large.delivery.lost).toBe(1);
  });

  it('ends in time when nobody answers, and counts what was under way as lost', async () => {
    const lost: number[] = [];
    const delivery = new BoundedDelivery<number>({
      everyMs: 1,
      batchItems: 2,
      send: () => new Promise(() => {}),
      onLost: (count) => lost.push(count),
    });
    add(delivery, 3);

    await delivery.close(50);

    expect(lost).toEqual([3]);
  });

  it('does not ask a collector twice that is away when there is no more time', async () => {
    const { batches, lost, delivery } = open(['again']);
    add(delivery, 2);

    await delivery.close(10_000);

    expect(batches).toEqual([[1, 2]]);
    expect(lost).toEqual([2]);
  });

  it('takes nothing after it was closed', async () => {
    const { batches, delivery } = open(['sent']);
    await delivery.close(1000);
    add(delivery, 1);

    expect(batches).toEqual([]);
  });
});
