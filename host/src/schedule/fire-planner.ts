// Sees that every fire of a schedule is decided on once, however many hosts look and however late they do.
//
// A look takes two steps. The fires since the last look are decided on in one transaction, which also writes down the
// fire that is to become a run; that one is then asked for, which may be done twice and has effect once. So a host
// that dies or sleeps anywhere in between loses nothing and doubles nothing.

import type { HostJob } from '../catalog/host-job.ts';
import type { Client, Database } from '../database/database.ts';
import type { RunRequests } from '../engine/requests.ts';
import type { Clock } from './clock.ts';
import { decideFires, dueAfter, type FireDecision, type PlannedJob } from './decide-fires.ts';
import { FirePlan } from './fire-plan.ts';
import * as statements from './fire-planner.sql.ts';
import { MissedRecords, type MissedStretch } from './missed-records.ts';

type KnownJob = Pick<HostJob, 'name' | 'priority' | 'schedule' | 'state'>;

export interface FirePlannerOptions {
  /** All jobs found; those that are ready and on a schedule are planned. */
  readonly jobs: readonly KnownJob[];
  readonly bootId: string;
  readonly database: Database;
  readonly requests: Pick<RunRequests, 'fire'>;
  readonly clock: Clock;
  /** Told of fires that led to no run. */
  onMissed?(stretch: MissedStretch): void;
  /** Told of trouble with the database; the next look makes up for it. */
  onTrouble(error: unknown): void;
}

/** How long a look may be put off although nothing is known to be due: others may owe a fire, or be gone. */
const LOOK_ANYWAY_MS = 5000;

export class FirePlanner {
  readonly #options: FirePlannerOptions;
  readonly #jobs: ReadonlyMap<string, PlannedJob>;
  /** Names of jobs that are not to run by a schedule. */
  readonly #unscheduled: readonly string[];
  /** When each job is next due, by the database's clock. */
  readonly #due = new Map<string, number>();
  readonly #missed: MissedRecords;
  #isRegistered = false;
  #lookedAt: Date | undefined;
  #lookedAtTicks = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #owesFires = false;

  constructor(options: FirePlannerOptions) {
    this.#options = options;
    this.#jobs = new Map(
      options.jobs.flatMap((job) => plannedJob(job) ?? []).map((job) => [job.name, job]),
    );
    // The fires of a refused job are missed; those of a disabled one are not.
    this.#unscheduled = options.jobs
      .filter(
        ({ state, schedule }) => state.kind === 'disabled' || (state.kind === 'ready' && !schedule),
      )
      .map(({ name }) => name);
    this.#missed = new MissedRecords(options.bootId);
  }

  get jobs(): readonly PlannedJob[] {
    return [...this.#jobs.values()];
  }

  /** How long from now the next thing is due, in milliseconds; infinite if nothing is known to be. */
  get msToNext(): number {
    return Math.min(...this.#due.values()) - this.#options.clock.now();
  }

  /** The host slept or its clock was moved: the database is asked at the next look. */
  mistrustClock(): void {
    this.#lookedAtTicks = Number.NEGATIVE_INFINITY;
  }

  /** Decides on what has come due and asks for its runs. Costs nothing while nothing is due. One at a time. */
  async look(): Promise<void> {
    const { clock, onTrouble } = this.#options;
    const isOverdue = clock.ticks() - this.#lookedAtTicks >= LOOK_ANYWAY_MS;
    const isThorough = isOverdue || this.#hasFailed || this.#owesFires;
    if (!isThorough && this.msToNext > 0) return;
    try {
      if (isThorough) await this.#settleSchedules();
      await this.#lookAtDatabase();
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      onTrouble(error);
    }
  }

  async #lookAtDatabase(): Promise<void> {
    const { clock, database } = this.#options;
    const askedAt = clock.ticks();
    const { rows } = await database.pool.query<{ now: Date; due: string[]; owing: string[] }>(
      statements.LOOK,
      [clock.present, [...this.#jobs.keys()]],
    );
    for (const { now, due, owing } of rows) {
      clock.heard(now, askedAt);
      this.#owesFires = false;
      if (owing.length > 0) await this.#askForOwed(owing);
      if (due.length > 0) await this.#decide(due);
      this.#expectAfter(now);
      this.#lookedAt = now;
      this.#lookedAtTicks = clock.ticks();
    }
  }

  async #settleSchedules(): Promise<void> {
    const { bootId, clock, database } = this.#options;
    const names = [...this.#jobs.keys()];
    if (!this.#isRegistered) {
      await database.pool.query(statements.REGISTER_SCHEDULES, [bootId, ...this.#columns(names)]);
      this.#isRegistered = true;
    }
    const { present } = clock;
    await database.pool.query(statements.SETTLE_SCHEDULES, [present, bootId, names]);
    if (this.#unscheduled.length === 0) return;
    await database.pool.query(statements.FORGET_SCHEDULES, [present, bootId, this.#unscheduled]);
  }

  async #decide(names: readonly string[]): Promise<void> {
    const { clock, database, onMissed } = this.#options;
    const missed: MissedStretch[] = [];
    const decided = await database.transaction(async (client) => {
      const { rows } = await client.query<DueRow>(statements.LOCK_DUE, [
        clock.present,
        ...this.#columns(names),
      ]);
      const decisions: Decided[] = [];
      for (const row of rows) {
        const job = this.#jobs.get(row.job_name);
        if (!job) continue;
        const decision = decideFires(job, row.planned_until, row.now);
        const stretch = await this.#noteMissed(client, row, decision);
        if (stretch) missed.push(stretch);
        const openId = decision.run ? null : (stretch?.id ?? row.open_missed_id);
        decisions.push({ job, decision, openId });
      }
      await write(client, decisions);
      return decisions;
    });
    for (const stretch of missed) onMissed?.(stretch);
    await this.#askForOwed(
      decided.filter(({ decision }) => decision.run).map(({ job }) => job.name),
    );
    for (const { job, decision } of decided) this.#expect(job.name, decision.nextDueAt);
  }

  async #noteMissed(client: Client, row: DueRow, { missed }: FireDecision) {
    if (!missed) return undefined;
    return this.#missed.note(client, {
      job: row.job_name,
      ...missed,
      now: row.now,
      openId: row.open_missed_id,
      lookedAt: this.#lookedAt,
      hasFailed: this.#hasFailed,
    });
  }

  // One job's trouble keeps no other job waiting.
  async #askForOwed(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { database, requests, onTrouble } = this.#options;
    const { rows } = await database.pool.query<{ job_name: string; owed_fire_at: Date }>(
      statements.OWED_FIRES,
      [names],
    );
    const asked: typeof rows = [];
    for (const owed of rows) {
      const { job_name: name, owed_fire_at: at } = owed;
      try {
        await requests.fire(name, at, { priority: this.#jobs.get(name)?.priority ?? 0 });
        asked.push(owed);
      } catch (error) {
        this.#owesFires = true;
        onTrouble(error);
      }
    }
    if (asked.length === 0) return;
    await database.pool.query(statements.SETTLE_OWED, [
      asked.map(({ job_name }) => job_name),
      asked.map(({ owed_fire_at }) => owed_fire_at),
    ]);
  }

  // What was due and went to another host is waited for from now on; what that one leaves undone is found anyway.
  #expectAfter(now: Date): void {
    for (const job of this.#jobs.values()) {
      const due = this.#due.get(job.name);
      if (due === undefined || due <= now.getTime()) this.#expect(job.name, dueAfter(job, now));
    }
  }

  #expect(name: string, at: Date | undefined): void {
    this.#due.set(name, at?.getTime() ?? Number.POSITIVE_INFINITY);
  }

  #columns(names: readonly string[]): [string[], string[], string[]] {
    const jobs = names.flatMap((name) => this.#jobs.get(name) ?? []);
    return [
      jobs.map(({ name }) => name),
      jobs.map(({ schedule }) => schedule.cron),
      jobs.map(({ schedule }) => schedule.timezone),
    ];
  }
}

interface DueRow {
  readonly job_name: string;
  readonly planned_until: Date;
  readonly open_missed_id: string | null;
  readonly now: Date;
}

interface Decided {
  readonly job: PlannedJob;
  readonly decision: FireDecision;
  readonly openId: string | null;
}

async function write(client: Client, decided: readonly Decided[]): Promise<void> {
  if (decided.length === 0) return;
  await client.query(statements.WRITE_DECISIONS, [
    decided.map(({ job }) => job.name),
    decided.map(({ decision }) => decision.plannedUntil),
    decided.map(({ decision }) => decision.nextDueAt ?? null),
    decided.map(({ decision }) => decision.run ?? null),
    decided.map(({ openId }) => openId),
  ]);
  const coalesced = decided.flatMap(({ job, decision }) =>
    decision.coalesced.map((at) => ({ name: job.name, at })),
  );
  if (coalesced.length === 0) return;
  await client.query(statements.NOTE_COALESCED, [
    coalesced.map(({ name }) => name),
    coalesced.map(({ at }) => at),
  ]);
}

function plannedJob(job: KnownJob): PlannedJob | undefined {
  const { name, priority, schedule, state } = job;
  if (state.kind !== 'ready' || !schedule) return undefined;
  return { name, priority, schedule, plan: new FirePlan(schedule.cron, schedule.timezone) };
}
