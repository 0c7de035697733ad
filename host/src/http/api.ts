// What the page's server answers, as JSON: shared with the page itself. Times are ISO 8601, by the database's clock.

import type { Standing } from '../gate/standing.ts';
import type { RunProgress, RunResult } from '../runs/run-store.ts';
import type { Explanation } from '../why/cause.ts';

type Json<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? readonly Json<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Json<T[K]> }
      : T;

/** A job on one line. */
export interface JobSummary {
  readonly job: string;
  readonly version: string;
  readonly plugin: string;
  readonly pluginVersion: string;
  readonly description: string | null;
  readonly standing: Standing;
  /** Why it stands so. */
  readonly reason: string | null;
  readonly schedule: { readonly cron: string; readonly timezone: string } | null;
  readonly nextFireAt: string | null;
  readonly dependsOn: readonly { readonly job: string; readonly version: string | null }[];
  readonly running: RunningRun | null;
  readonly last: {
    readonly runId: string;
    readonly result: RunResult;
    readonly outcome: string | null;
    readonly finishedAt: string;
    readonly errorCode: string | null;
    readonly error: string | null;
  } | null;
  readonly lastCheckedAt: string | null;
  readonly lastWorkAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly nothingToDoStreak: number;
  readonly failureStreak: number;
  /** Its latest success is older than `successWithinMs` of its settings. */
  readonly isLate: boolean;
  readonly successWithinMs: number | null;
  /** Of the recorded runs of the last seven days that were let come to an end. */
  readonly week: { readonly succeeded: number; readonly ended: number };
}

export interface RunningRun {
  readonly runId: string;
  readonly attempt: number;
  readonly since: string;
  readonly machine: string | null;
  /** Absent before it said how far it is. */
  readonly progress: RunProgress | null;
}

/** `GET /api/overview`, and the first message of `GET /api/live`. */
export interface Overview {
  readonly now: string;
  readonly version: string;
  readonly mode: 'development' | 'production';
  readonly concurrency: number;
  /** In the order in which they run when one runs at a time. */
  readonly jobs: readonly JobSummary[];
  readonly hosts: readonly HostSummary[];
  /** Plugins and jobs that do not take part here. */
  readonly refused: readonly Problem[];
}

/** A later message of `GET /api/live`: what is new. */
export interface Changes {
  readonly now: string;
  readonly jobs?: readonly JobSummary[];
  readonly hosts?: readonly HostSummary[];
}

export interface Problem {
  readonly code: string;
  readonly at: string;
  readonly problem: string;
}

export interface HostSummary {
  readonly bootId: string;
  readonly isThis: boolean;
  readonly version: string;
  readonly machine: string | null;
  readonly pid: number | null;
  readonly concurrency: number;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly stoppedAt: string | null;
  readonly isAlive: boolean;
  readonly running: readonly string[];
  readonly jobs: readonly string[];
  readonly plugins: Readonly<Record<string, string>>;
  readonly page: string | null;
  readonly rssMb: number | null;
  readonly isolation: string | null;
  readonly processes: readonly ProcessSummary[];
  readonly refused: readonly Problem[];
}

/** The process of a job. */
export interface ProcessSummary {
  readonly job: string;
  readonly plugin: string;
  readonly pid: number | null;
  readonly state: string;
  readonly rssMb: number | null;
  readonly runs: number;
  readonly restarts: number;
}

export interface RunSummary {
  readonly runId: string;
  readonly attempt: number;
  readonly job: string;
  readonly trigger: string;
  readonly triggerDetail: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number;
  readonly result: RunResult | 'running';
  readonly outcome: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly progress: RunProgress | null;
  readonly errorCode: string | null;
  readonly error: string | null;
}

/** `GET /api/runs` */
export interface RunsPage {
  readonly now: string;
  readonly runs: readonly RunSummary[];
  /** What `after` is for the next page; null: there is none. */
  readonly next: string | null;
}

export interface Attempt extends RunSummary {
  readonly jobVersion: string;
  readonly plugin: string;
  readonly pluginVersion: string;
  readonly version: string | null;
  readonly traceId: string | null;
  readonly bootId: string;
  readonly machine: string | null;
  readonly dueAt: string | null;
  readonly waitedFor: string | null;
  readonly remedy: string | null;
  /** Where a file is wrong, a line each. */
  readonly places: readonly string[];
  readonly log: readonly ShownLine[];
}

export interface ShownLine {
  readonly at: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** `GET /api/runs/ID` */
export interface RunDetail {
  readonly now: string;
  readonly runId: string;
  readonly job: string;
  /** The first one first. */
  readonly attempts: readonly Attempt[];
}

/** `GET /api/jobs/NAME` */
export interface JobDetail {
  readonly now: string;
  readonly why: Explanation;
  /** The next fires of its schedule. */
  readonly fires: readonly { readonly at: string; readonly clockChange: string | null }[];
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** How long its last recorded runs took, the oldest first. */
  readonly durations: readonly {
    readonly runId: string;
    readonly startedAt: string;
    readonly durationMs: number;
    readonly result: RunResult;
  }[];
  readonly missed: readonly MissedStretch[];
  readonly actions: readonly ActionLine[];
  /** Jobs that depend on it. */
  readonly followers: readonly string[];
}

export interface MissedStretch {
  readonly first: string;
  readonly last: string;
  readonly fires: number;
  readonly reason: string;
}

export interface ActionLine {
  readonly at: string;
  readonly action: string;
  readonly job: string;
  readonly runId: string | null;
  readonly askedBy: string;
  readonly via: string;
}

/** `GET /api/actions` */
export interface Actions {
  readonly now: string;
  readonly actions: readonly ActionLine[];
}

/** `GET /api/timeline?from=…&to=…` */
export interface Timeline {
  readonly now: string;
  readonly from: string;
  readonly to: string;
  /** Each run, when there are few enough. */
  readonly runs: readonly TimelineRun[];
  /** Else how many began in each stretch of time, by job. */
  readonly lanes: readonly TimelineLane[];
  /** How long a stretch is. */
  readonly bucketMs: number;
}

export interface TimelineRun {
  readonly runId: string;
  readonly attempt: number;
  readonly job: string;
  readonly result: RunResult | 'running';
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface TimelineLane {
  readonly job: string;
  /** Of stretches in which runs began: which one, from 0, how many, and how many of those did not succeed. */
  readonly buckets: readonly (readonly [place: number, runs: number, notSucceeded: number])[];
}

/** `GET /api/work`: what jobs have in hand, as their plugins' views tell. */
export interface Work {
  readonly now: string;
  /** Schemas that have such a view. */
  readonly schemas: readonly string[];
  readonly items: readonly WorkItem[];
}

export interface WorkItem {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  readonly changedAt: string | null;
  readonly parts: readonly Omit<WorkItem, 'schema' | 'parts'>[];
}

/** What an action did. */
export interface ActionAnswer {
  /** One sentence. */
  readonly text: string;
}

/** What was not done, with a status of 400 or more. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** `GET /api/access`: what whoever asks may do. */
export interface Access {
  readonly mayAct: boolean;
}

export type { Explanation, Json, RunProgress, RunResult, Standing };
