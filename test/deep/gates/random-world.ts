// Random graphs of jobs and what happened to them, from a seed.

import type { ModelJob, ModelNeed, ModelWorld, PastRun } from './reference-model.ts';

const RESULTS = ['succeeded', 'failed', 'crashed', 'timed-out', 'cancelled', 'interrupted', 'lost'];

/** @param random - in [0, 1) */
export function randomWorld(prefix: string, random: () => number): ModelWorld {
  const below = (limit: number) => Math.floor(random() * limit);
  const chance = (share: number) => random() < share;
  const names = Array.from({ length: 2 + below(6) }, (_, index) => `${prefix}-${index}`);
  const jobs = names.map((name, index): ModelJob => {
    // Only on jobs before it: no circles, which are refused long before a gate is asked.
    const others = names.slice(0, index).filter(() => chance(0.5));
    const isRunning = chance(0.12);
    return {
      name,
      needs: others.map(need),
      pool: chance(0.4) ? `${prefix}-pool-${below(2)}` : undefined,
      past: Array.from({ length: below(6) }, pastRun).sort((a, b) => b.hoursAgo - a.hoursAgo),
      isQueued: chance(0.1),
      isRunning,
      isPaused: chance(0.08),
      crashes: chance(0.15) ? crashes() : [],
    };
  });
  return {
    jobs: new Map(jobs.map((job) => [job.name, job])),
    pools: { [`${prefix}-pool-0`]: 1 + below(2), [`${prefix}-pool-1`]: 1 + below(3) },
  };

  function need(job: string): ModelNeed {
    const from = below(4);
    return {
      job,
      isPresent: !chance(0.05),
      versions: chance(0.5) ? { from, to: from + below(3) } : undefined,
      maxHours: chance(0.2) ? 1 + below(6) : undefined,
    };
  }

  function pastRun(): PastRun {
    const result = chance(0.6) ? 'succeeded' : (RESULTS[below(RESULTS.length)] ?? 'succeeded');
    // Half hours apart from every limit: what is asked a moment later has the same answer.
    return { result, version: below(6), hoursAgo: 0.5 + below(8) };
  }

  // Two times 70 seconds apart, and tries after a quarantine, which come no sooner than ten minutes later.
  function crashes(): number[] {
    const last = [0.3, 1.4, 3, 400, 650, 1300][below(6)] ?? 3;
    const tries = chance(0.3) ? 1 + below(2) : 0;
    const third = last + tries * 1250;
    const before = tries > 0 ? 2 : below(3);
    const first = Array.from({ length: before }, (_, index) => third + (before - index) * 70);
    return [
      ...first,
      third,
      ...Array.from({ length: tries }, (_, index) => third - (index + 1) * 1250),
    ];
  }
}

/** mulberry32 */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
