// What the host says of a job to have it run in a process, and what it hears of the run.

import type { Json, Outcome, Privileges, ProgressPart, Trigger } from '@bfd-host/sdk';
import type {
  DatabaseAccess,
  ErrorEnvelope,
  ItemsOver,
  S3Settings,
  SafeLogLine,
  SpanData,
  WorkItem,
} from './protocol.ts';

/** All that decides how a job's process is started. Two equal ones may share a process. */
export interface JobProcessSpec {
  readonly job: string;
  /** A process beside that of the runs, which works on items of `ctx.forEach`. */
  readonly purpose?: 'items';
  readonly plugin: {
    readonly name: string;
    readonly version: string;
    readonly folder: string;
    /** File in `folder`. */
    readonly entry: string;
    /** Of the entry file; anything else is not run. */
    readonly sha256: string;
    readonly sdkVersion: string;
  };
  /** As in host.config.json; the author's own schema, in the child, decides. */
  readonly config: unknown;
  readonly needs: readonly ('db' | 's3' | 'config' | 'logger')[];
  readonly schemas: readonly string[];
  /** Those granted. */
  readonly privileges: Privileges;
  readonly database?: DatabaseAccess;
  readonly s3?: S3Settings;
  readonly limits: JobLimits;
  /** Whether a log line that cannot be proved safe fails the run, instead of losing what is unsafe. */
  readonly refusesUnsafeLogs?: boolean;
  /** A process without a run ends after this; 0: after each run. */
  readonly idleMs?: number;
  /** Where raw console output goes, with mode 0600; absent: it is counted and not kept. */
  readonly debugOutput?: string;
}

export interface JobLimits {
  /** JavaScript heap. */
  readonly memoryMb: number;
  /** All memory of the process, Buffers too. */
  readonly rssMb: number;
  /** Console output of one run. */
  readonly outputBytes: number;
  /** One message of the process to the host. */
  readonly messageBytes: number;
  /** Files in its temporary folder. */
  readonly tempBytes: number;
  /** CPU niceness, 0 to 19. */
  readonly nice: number;
  readonly openFiles: number;
  /** A main thread that does not answer for this long is told of. */
  readonly blockedWarnMs: number;
  /** … and for this long, killed. */
  readonly blockedKillMs: number;
  readonly preflightMs: number;
  /** Each step of the start. */
  readonly startMs: number;
}

export interface RunRequest {
  readonly runId: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly trigger: Trigger;
  /** W3C trace context of the host's span. */
  readonly traceparent?: string;
  /** Id of the span that is the job's own: the host ends it should the process die. */
  readonly jobSpanId?: string;
  /** After this the run's signal aborts. */
  readonly softTimeoutMs?: number;
  /** After this its process is killed; `graceMs` after the soft one if absent. */
  readonly hardTimeoutMs?: number;
  /** What a run gets to end after its signal aborted. */
  readonly graceMs: number;
}

/** Items of a run that goes on, here or on another host. */
export interface ItemsRequest
  extends Pick<
    RunRequest,
    'runId' | 'epoch' | 'traceparent' | 'softTimeoutMs' | 'hardTimeoutMs' | 'graceMs'
  > {
  /** At most {@link MOST_ITEMS_GIVEN}, of one call. */
  readonly items: readonly WorkItem[];
  /** How many at a time; the number of cores if absent. */
  readonly concurrency?: number;
}

/** What came of an item in a process that worked on it. */
export type ItemOutcome =
  | { readonly index: number; readonly result: Json }
  | { readonly index: number; readonly error: ErrorEnvelope };

/** An item, and its place among those of its call. */
export interface PlacedItem {
  readonly index: number;
  readonly item: Json;
}

/** Where items of `ctx.forEach` go that any host may work on. */
export interface FanOutHooks {
  /** Takes more of a call. @throws {@link FanOutRefusal} */
  put(call: number, items: readonly PlacedItem[], concurrency: number | undefined): Promise<void>;
  /** What came of all of a call, when it has. @throws {@link FanOutRefusal} */
  join(call: number): Promise<ItemsOver>;
}

/** A blocked main thread: the process does not answer. */
export interface BlockedEvent {
  readonly runId: string;
  readonly blockedMs: number;
  /** What the job began last, as far as it may be told: a span or a log message. */
  readonly activity?: string;
  /** One line for people. */
  readonly message: string;
}

/** Called while a run goes on. What a hook throws is the host's own fault and ends nothing. */
export interface RunHooks {
  /** The run was given to a process; once more when that was spoilt and did not take it on. */
  given?(): void;
  workStarts(): void;
  progress(progress: {
    readonly done: number;
    readonly total?: number;
    readonly unit: string;
    readonly label?: string;
    readonly rows?: number;
    readonly part?: ProgressPart;
  }): void;
  log(line: SafeLogLine): void;
  spans(spans: readonly SpanData[]): void;
  blocked?(event: BlockedEvent): void;
  /** Absent: the run works on its items itself. */
  readonly fanOut?: FanOutHooks;
  /** Only for an {@link ItemsRequest}: some of its items are over. */
  itemsOver?(outcomes: readonly ItemOutcome[]): void;
}

export type DeathReason =
  | 'abort-ignored'
  | 'blocked'
  | 'exit'
  | 'fatal'
  | 'hard-timeout'
  | 'memory'
  | 'output'
  | 'protocol'
  | 'signal'
  | 'start'
  | 'temp-files';

export type RunEnd =
  | { readonly kind: 'returned'; readonly outcome: Outcome }
  | { readonly kind: 'threw'; readonly error: ErrorEnvelope }
  | {
      readonly kind: 'died';
      readonly reason: DeathReason;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly error: ErrorEnvelope;
    };

export interface JobProcessStatus {
  readonly job: string;
  readonly plugin: string;
  readonly pid: number | undefined;
  readonly state: 'starting' | 'idle' | 'running' | 'ending' | 'ended';
  /** Of the process that is there now. */
  readonly runs: number;
  readonly rssMb: number | undefined;
  /** Processes of this job that died without being told to. */
  readonly restarts: number;
  /** Its own user id; absent where it has the host's. */
  readonly uid: number | undefined;
}
