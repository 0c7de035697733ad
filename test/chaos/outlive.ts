// One scenario from its first fire to the last: how much gets done before it strikes, how long until as much gets done again,
// and what came of all that was due in between.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, account, hanging, throughput } from './accounts.ts';
import type { Scene, SceneOptions } from './scene.ts';

export interface Scenario {
  /** Completes the sentence "after …". */
  readonly name: string;
  /** Part of the short form. */
  readonly isShort?: boolean;
  /** Why it cannot be had on this machine; absent if it can. */
  whyNot?(): string | undefined;
  readonly scene?: SceneOptions;
  /** Strikes, and mends what it broke: when it resolves, everything may recover. */
  strike(scene: Scene): Promise<void>;
}

export interface Outcome extends Account {
  /** From the mending until as much got done as before, in seconds. */
  readonly recoverySeconds: number;
  /** Runs that the schedules got done in a stretch of time, before and after. */
  readonly before: number;
  readonly after: number;
  readonly hanging: readonly string[];
}

/** Of what was done before, this must be done again. */
export const BACK = 0.95;

const POLL_MS = 250;
/** What does not come back within this does not come back. */
const PATIENCE_MS = 300_000;

/** @param seconds - how long is looked before and after; a multiple of six, since `steps` fires as often */
export async function outlive(scene: Scene, scenario: Scenario, seconds: number): Promise<Outcome> {
  const { pool } = scene;
  const before = await undisturbed(scene, seconds);
  await scenario.strike(scene);
  const mendedAt = await scene.now();
  const { from, runs: after } = await recovered(scene, mendedAt, before, seconds);
  const until = new Date(from.getTime() + seconds * 1000);
  const settled = await untilSettled(scene, until);
  const isHanging = await hanging(pool, false);
  await Promise.all(scene.machines.map(({ host }) => host.stop()));
  const isLeft = await hanging(pool, true);
  const recoverySeconds = Math.max(0, (from.getTime() - mendedAt.getTime()) / 1000);
  return { ...settled, recoverySeconds, before, after, hanging: [...isHanging, ...isLeft] };
}

/** What gets done in so many seconds, once everything has started. */
async function undisturbed(scene: Scene, seconds: number): Promise<number> {
  const from = nextSecond(await firstEffects(scene));
  return runsOf(scene, from, seconds);
}

/** The first stretch in which as much got done as before. */
async function recovered(
  scene: Scene,
  mendedAt: Date,
  before: number,
  seconds: number,
): Promise<{ from: Date; runs: number }> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let from = nextSecond(mendedAt); ; ) {
    const runs = await runsOf(scene, from, seconds);
    if (runs >= BACK * before) return { from, runs };
    if (performance.now() > deadline) {
      throw new Error(
        `${runs} runs in ${seconds} s where there were ${before}: it does not come back`,
      );
    }
    from = new Date(from.getTime() + 1000);
  }
}

/** Waits until all that is due up to a moment has come to its end. */
export async function untilSettled({ pool }: Scene, until: Date): Promise<Account> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = await account(pool, until);
    if (now.pending === 0 || performance.now() > deadline) return now;
    await sleep(POLL_MS);
  }
}

/** When every job of the workload has done something for the first time. */
export async function firstEffects({ pool }: Scene): Promise<Date> {
  for (;;) {
    const { rows } = await pool.query<{ at: Date | null; jobs: number }>(
      "select max(first) as at, count(*)::int as jobs from (select min(finished_at) as first from bfd_host.run where result = 'succeeded' group by job_name) as run",
    );
    const [row] = rows;
    if (row?.at && row.jobs === 4) return row.at;
    await sleep(POLL_MS);
  }
}

/** Runs of the fires of a stretch of time, once that has passed and its last fires had the time to run. */
async function runsOf(scene: Scene, from: Date, seconds: number): Promise<number> {
  const over = from.getTime() + seconds * 1000 + RUN_TAKES_MS;
  const waitMs = over - (await scene.now()).getTime();
  if (waitMs > 0) await sleep(waitMs);
  return throughput(scene.pool, from, seconds);
}

/** The longest job of the workload, with some air. */
const RUN_TAKES_MS = 3000;

function nextSecond(moment: Date): Date {
  return new Date(Math.ceil(moment.getTime() / 1000) * 1000);
}
