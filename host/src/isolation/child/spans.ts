// Spans of one job's process: the job's own work and, below it, its SQL and S3 calls. We make the pool and the
// client, so we can time them where they are made; the instrumentation packages would patch modules that are
// bundled here, cost 30 ms of each start, and note statement texts, which may hold values.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { WireSpan } from '../protocol.ts';
import { clock } from './private.ts';

const MOST_SPANS = 2000;
const BATCH = 100;

type Attributes = Record<string, string | number | boolean>;

export interface OpenSpan {
  /** Adds what only the answer told. */
  set(attributes: Attributes): void;
  /** Ends it; a second call does nothing. */
  end(isError?: boolean): void;
}

interface Trace {
  readonly traceId: string;
  readonly send: (spans: readonly WireSpan[]) => void;
  finished: WireSpan[];
  count: number;
}

export class Spans {
  /** What was begun last, for the host to name when this process does not answer any more. */
  activity: string | undefined;
  #trace: Trace | undefined;
  #remoteParent: string | undefined;
  readonly #current = new AsyncLocalStorage<string>();

  /** Begins to collect. Without a `traceparent`, or one that is not sampled, nothing is collected. */
  open(traceparent: string | undefined, send: Trace['send']): void {
    const [, traceId, spanId, flags] =
      /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
    if (traceId === undefined || (Number.parseInt(flags ?? '', 16) & 1) === 0) return;
    this.#trace = { traceId, send, finished: [], count: 0 };
    this.#remoteParent = spanId;
  }

  /** Sends the rest. @returns how many spans were dropped */
  close(): number {
    const trace = this.#trace;
    this.activity = undefined;
    if (!trace) return 0;
    this.#flush(trace);
    this.#trace = undefined;
    return Math.max(0, trace.count - MOST_SPANS);
  }

  /** Runs `work` as a span; spans that begin inside are its children. */
  async within<T>(
    name: string,
    work: () => Promise<T>,
    attributes?: Attributes,
    id?: string,
  ): Promise<T> {
    this.activity = name;
    const trace = this.#trace;
    if (!trace) return work();
    const spanId = id ?? newSpanId();
    const span = this.#begin(trace, spanId, name, 0, attributes);
    try {
      const result = await this.#current.run(spanId, work);
      span.end();
      return result;
    } catch (error) {
      span.end(true);
      throw error;
    }
  }

  /** Begins a span of a call to another system. */
  call(name: string, attributes: Attributes): OpenSpan {
    this.activity = name;
    const trace = this.#trace;
    return trace ? this.#begin(trace, newSpanId(), name, 2, attributes) : NO_SPAN;
  }

  #begin(
    trace: Trace,
    spanId: string,
    name: string,
    kind: 0 | 2,
    attributes: Attributes = {},
  ): OpenSpan {
    const parentSpanId = this.#current.getStore() ?? this.#remoteParent;
    const startUnixMs = clock();
    const began = performance.now();
    let told = attributes;
    let isOpen = true;
    return {
      set: (more) => {
        told = { ...told, ...more };
      },
      end: (isError = false) => {
        if (!isOpen || trace !== this.#trace) return;
        isOpen = false;
        if (++trace.count > MOST_SPANS) return;
        const endUnixMs = startUnixMs + (performance.now() - began);
        const { traceId } = trace;
        const parent = parentSpanId === undefined ? {} : { parentSpanId };
        trace.finished.push({
          traceId,
          spanId,
          ...parent,
          name,
          kind,
          startUnixMs,
          endUnixMs,
          isError,
          attributes: told,
        });
        if (trace.finished.length >= BATCH) this.#flush(trace);
      },
    };
  }

  #flush(trace: Trace): void {
    if (trace.finished.length > 0) trace.send(trace.finished);
    trace.finished = [];
  }
}

const NO_SPAN: OpenSpan = { set: () => {}, end: () => {} };

function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
