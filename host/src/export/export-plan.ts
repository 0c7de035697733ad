// What is exported, before anybody's format: which jobs, what starts each, what follows it, and from which setting each
// value comes.

import { followedJobs } from '../catalog/followed.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { cronProblem } from '../config/cron-expression.ts';
import type { HostConfig } from '../config/host-config.ts';
import { memberPath } from '../config/member-path.ts';
import type { Problem } from '../errors.ts';
import { FirePlan } from '../schedule/fire-plan.ts';
import { type CronDialect, translateCron } from './cron-dialects.ts';
import type { ExportOptions } from './exported.ts';
import { type Noted, noted } from './noted.ts';
import type { ExportedSetup } from './read-exported.ts';

export type Start = 'schedule' | 'startup' | 'by-hand';

/** A job that something outside starts, and those that come after it by themselves. */
export interface Chain {
  readonly first: HostJob;
  readonly starts: readonly Start[];
  /** In the order of dependencies: all jobs of one level may run at the same time. */
  readonly followers: readonly (readonly HostJob[])[];
}

/** A start of another job with which a follower starts, too. */
export interface Following {
  readonly root: HostJob;
  readonly start: Start;
  /** How long it waits for work to follow, in milliseconds. */
  readonly waitMs: number;
}

/** An environment variable that runs need. */
export interface NeededVariable {
  readonly name: string;
  readonly isOptional: boolean;
  readonly note: string;
}

export class ExportPlan {
  readonly config: HostConfig;
  readonly options: ExportOptions;
  /** Enabled jobs, dependencies first. */
  readonly jobs: readonly HostJob[];
  readonly problems: Problem[] = [];
  readonly notices: Problem[] = [];
  readonly #references: ExportedSetup['references'];

  constructor({ config, jobs, references }: ExportedSetup, options: ExportOptions) {
    this.config = config;
    this.options = options;
    this.#references = references;
    this.jobs = jobs.filter(({ state }) => state.kind === 'ready');
    for (const { state } of jobs) {
      if (state.kind === 'refused') this.problems.push(...state.problems);
    }
    for (const name of Object.keys(options.schedules)) {
      if (this.jobs.some((job) => job.name === name && job.schedule)) continue;
      this.problems.push({
        at: `--schedule ${name}`,
        problem: 'is no enabled job with a schedule',
      });
    }
    this.#lookAtServices();
  }

  chains(): Chain[] {
    return this.jobs.flatMap((first): Chain[] => {
      const starts = this.startsOf(first);
      return starts.length === 0 ? [] : [{ first, starts, followers: this.followersOf(first) }];
    });
  }

  /** What starts a job besides others that it follows. Empty: nothing. */
  startsOf(job: HostJob): Start[] {
    const starts: Start[] = [];
    if (job.schedule) starts.push('schedule');
    if (job.startup) starts.push('startup');
    if (starts.length === 0 && followedJobs(job).length === 0) starts.push('by-hand');
    return starts;
  }

  /** The jobs that come after `first` by themselves, directly or over others, level by level. */
  followersOf(first: HostJob): HostJob[][] {
    const level = new Map([[first.name, 0]]);
    // Dependencies come first in `jobs`, so all that a job follows has its level by then.
    for (const job of this.jobs) {
      const above = followedJobs(job).flatMap((name) => level.get(name) ?? []);
      if (job !== first && above.length > 0) level.set(job.name, Math.max(...above) + 1);
    }
    const levels: HostJob[][] = [];
    for (const job of this.jobs) {
      const at = level.get(job.name);
      if (at === undefined || at === 0) continue;
      levels[at - 1] = [...(levels[at - 1] ?? []), job];
    }
    return levels;
  }

  /**
   * For targets without a graph: with whose start a job starts, too, to see whether there is work to follow. One that
   * looks sees the work of all jobs it follows, so few are enough.
   */
  followingsOf(job: HostJob): Following[] {
    const roots = this.jobs.filter(
      (first) =>
        first !== job && this.followersOf(first).some((followers) => followers.includes(job)),
    );
    const scheduled = roots.filter(({ schedule }) => schedule !== undefined);
    if (scheduled.length === 0 && !job.schedule) {
      return roots.flatMap((root) =>
        this.startsOf(root).map((start) => ({ root, start, waitMs: LONG_WAIT_MS })),
      );
    }
    return scheduled
      .filter((root) => !this.#isCoveredByOwnSchedule(job, root))
      .map((root) => {
        // Between frequent fires nobody has to wait: what was missed now is seen at the next one.
        const waitMs = this.#firesInAWeek(root) > 7 * 24 ? 0 : LONG_WAIT_MS;
        return { root, start: 'schedule', waitMs };
      });
  }

  #isCoveredByOwnSchedule(job: HostJob, root: HostJob): boolean {
    const isCovered = this.#firesInAWeek(job) >= this.#firesInAWeek(root);
    if (isCovered) {
      const problem = `nothing waits for the work of ${root.name}: the job's own schedule comes as often`;
      this.noteMissing(job, ['runAfter'], problem);
    }
    return isCovered;
  }

  #firesInAWeek({ name, schedule }: HostJob): number {
    if (!schedule) return 0;
    const cron = this.options.schedules[name] ?? schedule.cron;
    if (cronProblem(cron) !== undefined) return 0; // told already
    return new FirePlan(cron, schedule.timezone).count(...A_WEEK);
  }

  /** The cron text of a job's schedule; a problem, and undefined, when the dialect cannot say it. */
  cronOf(job: HostJob, dialect: CronDialect): Noted | undefined {
    if (!job.schedule) return undefined;
    const given = this.options.schedules[job.name];
    if (given !== undefined && cronProblem(given) !== undefined) return undefined; // told already
    const cron = given ?? job.schedule.cron;
    const translated = translateCron(cron, dialect);
    if (translated.kind === 'impossible') {
      this.#report({
        at: memberPath(['jobs', job.name, 'schedule']),
        problem:
          `"${cron}" cannot be exported: ${translated.why}. Give ${dialect.name} another one, such as ` +
          `--schedule '${job.name}=${translated.nearest ?? '0 4 * * *'}'`,
      });
      return undefined;
    }
    const from =
      given === undefined ? `"${cron}", ${this.sourceOf(job, ['schedule', 'cron'])}` : '--schedule';
    return noted(translated.cron, from);
  }

  /** What a person should know of a schedule when somebody else keeps it. */
  scheduleNotes(job: HostJob, whoKeepsIt: string): void {
    const { schedule } = job;
    if (!schedule) return;
    const at = memberPath(['jobs', job.name, 'schedule']);
    const changes = [...new FirePlan(schedule.cron, schedule.timezone).clockChanges(...SOME_YEARS)];
    if (changes.some(({ kind }) => kind === 'gap-end') || changes.some(isTimeOfDayTwice)) {
      this.#note({
        at,
        problem: `clock changes of ${schedule.timezone} touch it: ${whoKeepsIt} has its own rules for them, not those of host/docs/schedules.md`,
      });
    }
  }

  /** Where a setting of a job was said: in the file, by its plugin, or nowhere. */
  sourceOf(job: HostJob, path: readonly string[]): string {
    const file = this.config.jobs[job.name];
    const manifest = job.plugin.manifest.jobs.find(({ name }) => name === job.name);
    if (memberOf(file, path) !== undefined) return memberPath(['jobs', job.name, ...path]);
    if (memberOf(manifest, path) !== undefined) return `${path.join('.')} of @Job ${job.name}`;
    return `usual ${path.join('.')}`;
  }

  /** The variables that the configuration asks for, and those for what it leaves to the environment. */
  environment(): NeededVariable[] {
    const needed = new Map<string, NeededVariable>();
    const add = (name: string, isOptional: boolean, note: string) => {
      if (!needed.has(name)) needed.set(name, { name, isOptional, note });
    };
    if (this.#needsDatabase) {
      add('BFD_DATABASE_URL', false, 'the database: host.config.json names the embedded one');
    }
    for (const { at, kind, name } of this.#references) {
      if (kind === 'env') add(name, false, `${at} of host.config.json`);
    }
    if (this.config.s3.kind === 'embedded' || this.config.s3.credentials.kind !== 'static') {
      const note = 'S3, unless the role of the run says it';
      for (const name of AWS_VARIABLES) add(name, true, note);
    }
    return [...needed.values()];
  }

  get #needsDatabase(): boolean {
    const isReferenced = this.#references.some(({ at }) => /^database(\.url)?$/.test(at));
    return this.config.database.kind === 'embedded' && !isReferenced;
  }

  #lookAtServices(): void {
    if (this.#needsDatabase) {
      this.#note({
        at: 'database',
        problem:
          'is the embedded one, which belongs to one folder: runs get theirs from BFD_DATABASE_URL',
      });
    }
    if (this.config.s3.kind === 'embedded') {
      this.#note({
        at: 's3',
        problem:
          'is the embedded one, which belongs to one folder: give runs a role, or AWS_… variables',
      });
    }
    for (const { at, kind, name } of this.#references) {
      if (kind === 'file') {
        this.#note({ at, problem: `reads the file ${name}: see that runs find it there` });
      }
    }
    const { concurrency } = this.config;
    if (concurrency === 1 && this.jobs.length > 1) {
      this.#note({
        at: 'concurrency',
        problem:
          'is kept within one chain only, since elsewhere each run has its own container; put jobs that must not run together into one of "pools"',
      });
    }
  }

  #report(problem: Problem): void {
    if (!this.problems.some(({ at }) => at === problem.at)) this.problems.push(problem);
  }

  #note(notice: Problem): void {
    if (!this.notices.some((other) => other.at === notice.at && other.problem === notice.problem)) {
      this.notices.push(notice);
    }
  }

  /** Something of a job that the target has no word for. */
  noteMissing(job: HostJob, member: readonly string[], problem: string): void {
    this.#note({ at: memberPath(['jobs', job.name, ...member]), problem });
  }
}

/** One that follows waits so long for work; if none came by then, its next start goes on waiting. */
const LONG_WAIT_MS = 24 * 3_600_000;

// Fixed, so that a day's export is the next day's.
const A_WEEK = [new Date('2026-01-05T00:00:00Z'), new Date('2026-01-12T00:00:00Z')] as const;
const SOME_YEARS = [new Date('2026-01-01T00:00:00Z'), new Date('2028-01-01T00:00:00Z')] as const;

const AWS_VARIABLES = [
  'AWS_REGION',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
];

function isTimeOfDayTwice({ kind, fires }: { kind: string; fires: number }): boolean {
  return kind === 'second-pass' && fires < 2;
}

function memberOf(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
