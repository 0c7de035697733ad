// Days of several hosts in seconds: a seed decides when they sleep, die, start and lose the database, and what time
// their clocks show. The database and the queue are real; time is not.

import { randomUUID } from 'node:crypto';
import type { Database } from '../../../host/src/database/database.ts';
import { sql } from '../../../host/src/database/sql.ts';
import type { RunRequests } from '../../../host/src/engine/requests.ts';
import { FirePlan } from '../../../host/src/schedule/fire-plan.ts';
import { FirePlanner } from '../../../host/src/schedule/fire-planner.ts';
import { VirtualClock, VirtualTime } from './virtual-clock.ts';

export const SIMULATED_JOBS = [
  { name: 'every-five-seconds', cron: '*/5 * * * * *', missed: 'latest', jitterMs: 0 },
  { name: 'every-minute', cron: '* * * * *', missed: 'skip', jitterMs: 0 },
  { name: 'every-ten-minutes', cron: '*/10 * * * *', missed: 'latest', jitterMs: 90_000 },
  { name: 'nightly', cron: '30 2 * * *', missed: 'latest', jitterMs: 0 },
  { name: 'twice-in-the-gap', cron: '0,30 2 * * *', missed: 'skip', jitterMs: 0 },
] as const;

const ZONE = 'America/New_York';
// A day before clocks go forward there.
const START = '2026-03-07T12:00:00Z';
const HOUR_MS = 3_600_000;

// Not truncated: that takes a lock which pg-boss, looking after its queues, may be waiting for.
const EMPTY = sql`
  delete from bfd_host.host;
  delete from bfd_host.schedule;
  delete from bfd_host.missed;
  delete from bfd_host.fire;
  delete from pgboss.job`;

export interface Account {
  readonly job: string;
  /** Fires of the plan in the simulated time. */
  readonly planned: number;
  readonly ran: number;
  readonly missed: number;
  readonly records: number;
  /** What does not add up. */
  readonly faults: readonly string[];
}

interface SimulatedHost {
  readonly bootId: string;
  readonly planner: FirePlanner;
  readonly clock: VirtualClock;
  readonly faults: FaultPlan;
  sleepsUntil: number;
}

/** What goes wrong with this host's calls, each at the given chance. */
interface FaultPlan {
  /** The call is not sent; or, when it asks for a run. */
  beforeChance: number;
  askChance: number;
  /** The call is carried out, and its answer is lost. */
  afterChance: number;
  readonly random: () => number;
}

export class Simulation {
  readonly #database: Database;
  readonly #requests: RunRequests;
  readonly #random: () => number;
  readonly #seed: number;
  readonly #time = new VirtualTime(START);
  #hosts: SimulatedHost[] = [];
  #hostsStarted = 0;

  constructor(database: Database, requests: RunRequests, seed: number) {
    this.#database = database;
    this.#requests = requests;
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  async run(steps: number): Promise<Account[]> {
    await this.#database.pool.query(EMPTY);
    await this.#startHost();
    await this.#lookAll();
    const { rows } = await this.#database.pool.query<{ job_name: string; planned_until: Date }>(
      'select job_name, planned_until from bfd_host.schedule',
    );
    const starts = new Map(rows.map((row) => [row.job_name, row.planned_until]));
    for (let step = 0; step < steps; step++) {
      await this.#meddle();
      this.#passTime();
      await this.#lookAll();
    }
    await this.#calmDown();
    return Promise.all(
      SIMULATED_JOBS.map((job) => this.#account(job, starts.get(job.name) ?? this.#time.at)),
    );
  }

  async #meddle(): Promise<void> {
    const host = this.#hosts[Math.floor(this.#random() * this.#hosts.length)];
    const chance = this.#random();
    if (chance < 0.04) await this.#startHost();
    else if (!host) return;
    else if (chance < 0.07) await this.#end(host, { isOrderly: false });
    else if (chance < 0.09) await this.#end(host, { isOrderly: true });
    else if (chance < 0.14) host.sleepsUntil = this.#time.at.getTime() + this.#upTo(2 * HOUR_MS);
    else if (chance < 0.2) host.clock.sleep(this.#upTo(HOUR_MS) - HOUR_MS / 2);
    else if (chance < 0.3) host.faults.beforeChance = this.#random() / 2;
    else if (chance < 0.4) host.faults.afterChance = this.#random() / 2;
    else if (chance < 0.5) host.faults.askChance = this.#random();
    else if (chance < 0.75) Object.assign(host.faults, NO_FAULTS);
  }

  #passTime(): void {
    const chance = this.#random();
    // The database may go on elsewhere, with a clock that is a little behind.
    if (chance < 0.02) this.#time.advance(-this.#upTo(8000));
    else if (chance < 0.1) this.#time.advance(this.#upTo(3 * HOUR_MS));
    else if (chance < 0.3) this.#time.advance(this.#upTo(180_000));
    else this.#time.advance(this.#upTo(6000));
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * most);
  }

  async #startHost(): Promise<void> {
    const bootId = randomUUID();
    await this.#database.pool.query(
      'insert into bfd_host.host (boot_id, version, jobs, started_at, seen_at) values ($1, $2, $3, $4, $4)',
      [bootId, '1.0.0', SIMULATED_JOBS.map(({ name }) => name), this.#time.at],
    );
    const clock = new VirtualClock(this.#time, this.#upTo(HOUR_MS) - HOUR_MS / 2);
    // Hosts look at the same time: each has a plan of its own, or the order of their calls would decide.
    const random = seededRandom(this.#seed * 1000 + ++this.#hostsStarted);
    const faults: FaultPlan = { ...NO_FAULTS, random };
    const planner = new FirePlanner({
      jobs: SIMULATED_JOBS.map(({ name, cron, missed, jitterMs }) => ({
        name,
        priority: 0,
        state: { kind: 'ready' },
        schedule: { cron, missed, jitterMs, timezone: ZONE },
      })),
      bootId,
      database: faultyDatabase(this.#database, faults),
      requests: {
        fire: async (job, at, options) => {
          if (random() < faults.askChance) throw new InjectedFault('not asked');
          return faulty(faults, () => this.#requests.fire(job, at, options));
        },
      },
      clock,
      onTrouble: (error) => {
        if (!(error instanceof InjectedFault)) throw error;
      },
    });
    this.#hosts.push({ bootId, planner, clock, faults, sleepsUntil: 0 });
  }

  async #end(host: SimulatedHost, { isOrderly }: { isOrderly: boolean }): Promise<void> {
    this.#hosts = this.#hosts.filter((other) => other !== host);
    if (!isOrderly) return;
    await this.#database.pool.query('update bfd_host.host set stopped_at = $2 where boot_id = $1', [
      host.bootId,
      this.#time.at,
    ]);
  }

  async #lookAll(): Promise<void> {
    const awake = this.#hosts.filter(({ sleepsUntil }) => sleepsUntil <= this.#time.at.getTime());
    await this.#database.pool.query(
      'update bfd_host.host set seen_at = greatest(seen_at, $2) where boot_id = any($1)',
      [awake.map(({ bootId }) => bootId), this.#time.at],
    );
    await Promise.all(awake.map(({ planner }) => planner.look()));
  }

  // All that is owed gets asked for, and all that is due decided on, once nothing goes wrong any more.
  async #calmDown(): Promise<void> {
    this.#hosts = [];
    await this.#startHost();
    for (let look = 0; look < 3; look++) {
      this.#time.advance(30_000);
      await this.#lookAll();
    }
  }

  async #account(job: (typeof SIMULATED_JOBS)[number], start: Date): Promise<Account> {
    const plan = new FirePlan(job.cron, ZONE);
    const { pool } = this.#database;
    const schedule = await pool.query<{ planned_until: Date; owed_fire_at: Date | null }>(
      'select planned_until, owed_fire_at from bfd_host.schedule where job_name = $1',
      [job.name],
    );
    const fires = await pool.query<{ scheduled_at: Date }>(
      'select scheduled_at from bfd_host.fire where job_name = $1',
      [job.name],
    );
    const missed = await pool.query<{ first_fire_at: Date; last_fire_at: Date; fires: string }>(
      'select * from bfd_host.missed where job_name = $1',
      [job.name],
    );
    const until = schedule.rows[0]?.planned_until ?? start;
    const planned = Array.from(plan.between(start, until), ({ at }) => at.getTime());
    const faults: string[] = [];
    if (schedule.rows[0]?.owed_fire_at !== null) faults.push('a fire is still owed');

    // Every fire of the plan is accounted for once: by a row of its own or by one missed stretch.
    const open = new Set(planned);
    for (const { scheduled_at } of fires.rows) {
      if (!open.delete(scheduled_at.getTime())) faults.push(`fired: ${scheduled_at.toISOString()}`);
    }
    for (const stretch of missed.rows) {
      const within = planned.filter(
        (at) => at >= +stretch.first_fire_at && at <= +stretch.last_fire_at,
      );
      if (within.length !== Number(stretch.fires)) faults.push('a stretch counts wrong');
      for (const at of within) {
        if (!open.delete(at)) faults.push(`missed twice or run: ${new Date(at).toISOString()}`);
      }
    }
    for (const at of open) faults.push(`lost: ${new Date(at).toISOString()}`);
    return {
      job: job.name,
      planned: planned.length,
      ran: fires.rows.length,
      missed: missed.rows.reduce((sum, row) => sum + Number(row.fires), 0),
      records: missed.rows.length,
      faults,
    };
  }
}

const NO_FAULTS = { beforeChance: 0, askChance: 0, afterChance: 0 };

class InjectedFault extends Error {}

// What a broken connection does: the statement was not carried out, or it was and nobody heard.
async function faulty<T>(plan: FaultPlan, call: () => Promise<T>): Promise<T> {
  if (plan.random() < plan.beforeChance) throw new InjectedFault('not sent');
  const answer = await call();
  if (plan.random() < plan.afterChance) throw new InjectedFault('not answered');
  return answer;
}

function faultyDatabase(database: Database, plan: FaultPlan): Database {
  const pool = new Proxy(database.pool, {
    get(target, key) {
      if (key !== 'query') return Reflect.get(target, key);
      return (text: string, values: unknown[]) => faulty(plan, () => target.query(text, values));
    },
  });
  return {
    ...database,
    pool,
    transaction: (work) => faulty(plan, () => database.transaction(work)),
  };
}

// mulberry32
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
