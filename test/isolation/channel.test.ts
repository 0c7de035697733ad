import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a process that breaks the rules of its channel', () => {
  it.each([
    ['garbage on the pipe', 'no JSON'],
    ['huge message', '1048576 bytes'],
    ['forged log', 'not from the bundle'],
    ['another run', 'another run'],
    ['second end', 'out of turn'],
    ['message flood', 'messages a second'],
  ])('is killed: %s', async (does, violation) => {
    const { end } = await bench.fault(does);
    expect(end).toMatchObject({ kind: 'died', reason: 'protocol' });
    expect(end).toMatchObject({ error: { code: 'BFD_JOB_PROTOCOL' } });
    expect(JSON.stringify(end)).toContain(violation);
  });

  it('does not hold up the host', async () => {
    let longestMs = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      longestMs = Math.max(longestMs, now - last - 10);
      last = now;
    }, 10);
    await bench.fault('message flood');
    clearInterval(timer);
    expect(longestMs).toBeLessThan(2_000);
  });

  it('speaks on after a job patched JSON, Date and the prototypes', async () => {
    const { end } = await bench.fault('patch globals');
    expect(end).toMatchObject({ kind: 'returned', outcome: { counts: { rows: 5 } } });
  });
});
