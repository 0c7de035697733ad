// What crosses the border between the host and a job's process: one JSON object a line, on a pipe of its own.
// The host believes nothing that comes from there. A message that does not have exactly one of these forms ends
// the process; text in it is looked at again in `message-gate.ts`. The child takes the types alone: it trusts
// the host that started it, and zod would add a quarter to its start.

import type { Json, Trigger } from '@bfd-host/sdk';
import { z } from 'zod';
import { MOST_AT_A_TIME, MOST_ITEMS_SENT, MOST_OUTCOMES_TOLD } from './fan-out-limits.ts';
import { RUNTIME_ERROR_CODES } from './runtime-errors.ts';
import { RUNTIME_NOTICES } from './runtime-notices.ts';

/** Why a run is told to stop. */
export type AbortCause = 'timed-out' | 'stopped';

export interface DatabaseAccess {
  readonly url: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** Whether fence and checkpoints, which live in the host's database, are there. */
  readonly isHostDatabase: boolean;
}

export interface S3Settings {
  readonly endpoint?: string;
  readonly region: string;
  /** Without keys the host looks for some where the AWS SDK does, and hands them over. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly forcePathStyle: boolean;
}

/** S3 keys that the host found for a job. */
export interface HandedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAtMs?: number;
}

/** An item of `ctx.forEach`, given to a process of the job that works on items. */
export interface WorkItem {
  /** Place among those of its call, from 0. */
  readonly index: number;
  readonly attempt: number;
  readonly item: Json;
}

/** From the host to the job's process. */
export type HostMessage =
  | {
      readonly type: 'init';
      readonly protocol: number;
      readonly apiVersion: number;
      readonly job: string;
      /** Names this process in `application_name`. */
      readonly processToken: string;
      readonly bundle: string;
      readonly sha256: string;
      readonly config: unknown;
      readonly needs: readonly ('db' | 's3' | 'config' | 'logger')[];
      /** Whether a log line that cannot be proved safe fails the run, instead of losing what is unsafe. */
      readonly refusesUnsafeLogs: boolean;
      readonly database?: DatabaseAccess;
      readonly s3?: S3Settings;
      readonly tempFolder: string;
    }
  | { readonly type: 'preflight' }
  | {
      readonly type: 'run';
      readonly runId: string;
      readonly attempt: number;
      readonly epoch: number;
      readonly trigger: Trigger;
      readonly traceparent?: string;
      readonly jobSpanId?: string;
      /** Items of `ctx.forEach` are to be sent here. */
      readonly fanOut?: true;
    }
  /** In place of a run: items of one that goes on, here or on another host. */
  | {
      readonly type: 'work-on';
      readonly runId: string;
      readonly epoch: number;
      readonly traceparent?: string;
      readonly items: readonly WorkItem[];
      readonly concurrency?: number;
    }
  /** The answer to `items`: more may come. */
  | { readonly type: 'items-taken'; readonly runId: string; readonly call: number }
  | {
      readonly type: 'items-refused';
      readonly runId: string;
      readonly call: number;
      readonly code: FanOutErrorCode;
    }
  /** The answer to `items-end`, in parts. */
  | ({
      readonly type: 'items-settled';
      readonly runId: string;
      readonly call: number;
      readonly isLast: boolean;
    } & ItemsOver)
  | { readonly type: 'abort'; readonly runId: string; readonly cause: AbortCause }
  | { readonly type: 'ping'; readonly number: number }
  /** The answer to `need-credentials`; none were found if absent. */
  | { readonly type: 'credentials'; readonly credentials?: HandedCredentials }
  | { readonly type: 'end' };

/** As the SDK's `ItemsSettled`, with places as they may be shown. */
export interface ItemsOver {
  readonly done: number;
  readonly failed: readonly {
    readonly index: number;
    readonly code: string;
    readonly places?: readonly ErrorPlace[];
  }[];
  readonly results: readonly Json[];
}

/** Why items cannot go to all hosts. */
export type FanOutErrorCode = 'BFD_FAN_OUT_FAILED' | 'BFD_FAN_OUT_TOO_MANY';

const json: z.ZodType<Json> = z.json();
const runId = z.string().max(64);
const wholeNumber = z.int().min(0);

const safeText = z.strictObject({
  kind: z.enum(['name', 'file', 'timestamp']),
  value: z.string().max(600),
});
const field = z.tuple([z.string().max(64), z.union([z.number(), z.boolean(), z.null(), safeText])]);
const fields = z.array(field).max(32);
const spot = z.strictObject({ line: z.int().min(1), column: z.int().min(1) });
const place = z.strictObject({
  code: z.string().max(64),
  file: safeText.optional(),
  line: wholeNumber.optional(),
  column: safeText.optional(),
});
const sqlFacts = z.strictObject({
  /** Absent when it is neither PostgreSQL's nor in the bundle. */
  state: z
    .string()
    .regex(/^[0-9A-Z]{5}$/)
    .optional(),
  schema: z.string().max(128).optional(),
  table: z.string().max(128).optional(),
  column: z.string().max(128).optional(),
  constraint: z.string().max(128).optional(),
  /** What the statement names and the server does not know: a table, a column, a function. */
  subject: z.string().max(128).optional(),
  /** What a value should have been, such as `date`. */
  type: z.string().max(64).optional(),
  /** Line of the input of a COPY. */
  copyLine: wholeNumber.optional(),
});

/**
 * An error as it leaves the job's process: no text but a template out of the bundle, facts that have a form.
 * The sentence people read is put together by the host, in `error-envelope.ts`.
 */
const errorFacts = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('job'),
    /** Absent when they are not in the bundle. */
    code: z.string().max(64).optional(),
    template: z.string().max(2000).optional(),
    fields,
    places: z.array(place).max(20),
    isPermanent: z.boolean(),
    sql: sqlFacts.optional(),
    at: spot.optional(),
  }),
  z.strictObject({
    source: z.literal('runtime'),
    code: z.enum(RUNTIME_ERROR_CODES),
    fields,
    className: z.string().max(128).optional(),
    problems: z
      .array(z.strictObject({ path: z.string().max(300), problem: z.string().max(300) }))
      .max(50)
      .optional(),
    at: spot.optional(),
  }),
  z.strictObject({ source: z.literal('sql'), sql: sqlFacts, at: spot.optional() }),
  z.strictObject({
    source: z.literal('s3'),
    name: z.string().max(128),
    operation: z.string().max(64).optional(),
    bucket: z.string().max(128).optional(),
    status: z.int().min(0).max(999).optional(),
    at: spot.optional(),
  }),
  z.strictObject({
    source: z.literal('system'),
    code: z.string().max(64),
    syscall: z.string().max(32).optional(),
    permission: z.string().max(32).optional(),
    at: spot.optional(),
  }),
  z.strictObject({
    source: z.literal('other'),
    className: z.string().max(128).optional(),
    at: spot.optional(),
  }),
]);

const spanData = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().max(200),
  /** As OpenTelemetry's `SpanKind`: 0 internal, 2 client. */
  kind: z.union([z.literal(0), z.literal(2)]),
  startUnixMs: z.number(),
  endUnixMs: z.number(),
  isError: z.boolean(),
  attributes: z.record(
    z.string().max(64),
    z.union([z.string().max(4096), z.number(), z.boolean()]),
  ),
});

const outcome = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('work-done'),
    counts: z.array(z.tuple([z.string().max(128), wholeNumber])).max(100),
    version: z.string().max(64).optional(),
  }),
  z.strictObject({ kind: z.literal('nothing-to-do'), version: z.string().max(64).optional() }),
]);

/** From the job's process to the host. */
export const childMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), protocol: z.int() }),
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('preflighted') }),
  /** The S3 client has no keys, or none that are valid any more. */
  z.strictObject({ type: z.literal('need-credentials') }),
  /** Starting or preflight went wrong in an orderly way. */
  z.strictObject({ type: z.literal('refused'), error: errorFacts }),
  z.strictObject({
    type: z.literal('pong'),
    number: wholeNumber,
    /** What was begun last: the name of a span, or a message of the log. */
    activity: z.string().max(1000).optional(),
  }),
  z.strictObject({ type: z.literal('work-starts'), runId }),
  z.strictObject({
    type: z.literal('progress'),
    runId,
    done: z.number(),
    total: z.number().optional(),
    unit: z.string().max(64),
    label: safeText.optional(),
    rows: z.number().optional(),
    part: z
      .strictObject({ done: z.number(), total: z.number(), rows: z.number().exactOptional() })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('log'),
    /** Absent for a line from outside a run. */
    runId: runId.optional(),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    /** Absent when it is no literal of the bundle. */
    message: z.string().max(1000).optional(),
    fields,
  }),
  z.strictObject({
    type: z.literal('notice'),
    runId: runId.optional(),
    notice: z.enum(RUNTIME_NOTICES),
    count: wholeNumber,
  }),
  z.strictObject({ type: z.literal('spans'), runId, spans: z.array(spanData).max(200) }),
  /** Of `ctx.forEach`, to be worked on by any host. The next come when these are taken. */
  z.strictObject({
    type: z.literal('items'),
    runId,
    call: wholeNumber,
    items: z.array(z.strictObject({ index: wholeNumber, item: json })).max(MOST_ITEMS_SENT),
    concurrency: z.int().min(1).max(MOST_AT_A_TIME).optional(),
  }),
  /** There are no more. */
  z.strictObject({ type: z.literal('items-end'), runId, call: wholeNumber }),
  /** What came of items that this process was given. */
  z.strictObject({
    type: z.literal('item-outcomes'),
    runId,
    outcomes: z
      .array(
        z.union([
          z.strictObject({ index: wholeNumber, result: json }),
          z.strictObject({ index: wholeNumber, error: errorFacts }),
        ]),
      )
      .max(MOST_OUTCOMES_TOLD),
  }),
  // `isIdle`: the process is done with the run and nothing was left behind; else `idle` follows.
  z.strictObject({ type: z.literal('result'), runId, outcome, isIdle: z.boolean() }),
  z.strictObject({ type: z.literal('failed'), runId, error: errorFacts, isIdle: z.boolean() }),
  /** Nobody caught it; the process ends itself after this. */
  z.strictObject({ type: z.literal('fatal'), error: errorFacts }),
  /** After a run whose end said that it was not idle yet: what is left behind in the process. */
  z.strictObject({
    type: z.literal('idle'),
    runId,
    left: z.array(z.string().max(64)).max(20),
    isDirty: z.boolean(),
  }),
]);

export type ChildMessage = z.infer<typeof childMessageSchema>;
export type ErrorFacts = z.infer<typeof errorFacts>;
export type SqlFacts = z.infer<typeof sqlFacts>;
export type WireFields = z.infer<typeof fields>;
export type WireSafeText = z.infer<typeof safeText>;
export type WireOutcome = z.infer<typeof outcome>;
export type WireSpan = z.infer<typeof spanData>;

/** A finished span of a job's process, with nothing in it but what `message-gate.ts` lets through. */
export interface SpanData {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 0 | 2;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** A line of a job's log that may be shown to anybody. */
export interface SafeLogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** An error that may be shown to anybody. */
export interface ErrorEnvelope {
  /** Stable: the job's own, or `BFD_…`. */
  readonly code: string;
  /** One line: what happened, where. */
  readonly message: string;
  /** What to do next. */
  readonly remedy?: string;
  /** Class of the error, if it is a class of Node or of the bundle. */
  readonly name?: string;
  readonly sqlState?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly places: readonly ErrorPlace[];
  /** All that is wrong with a job's configuration. */
  readonly problems?: readonly { readonly at: string; readonly problem: string }[];
  /** Whether a retry is useless. */
  readonly isPermanent: boolean;
}

export interface ErrorPlace {
  readonly code: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: string;
}
