// One trace per run with work: the host's span, and below it the spans that the job's process hands over. The host owns
// the span of a run, so that it ends with the reason even when the job's process dies. A run that found nothing leaves no
// trace, as it leaves no record.

import { randomBytes } from 'node:crypto';
import {
  type Attributes,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { emptyResource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanData } from '../isolation/protocol.ts';
import type { RunEnding } from '../runs/run-store.ts';
import { HOST_VERSION } from '../version.ts';
import { BoundedDelivery } from './bounded-delivery.ts';
import {
  ERROR_TYPE,
  PIPELINE_NAME,
  PIPELINE_RESULT,
  PIPELINE_RUN_ID,
  pipelineResult,
} from './conventions.ts';
import { exportResult } from './export-result.ts';

export interface RunSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** W3C trace context for the job's process. */
  readonly traceparent: string;
  /** Of the job's own span, which its process makes. */
  readonly jobSpanId: string;
  /** The job's process has begun with the run. */
  jobBegins(): void;
  /** Takes finished spans of the job's process. */
  add(spans: readonly SpanData[]): void;
  /** The run has work: its spans leave. Until then they are held back. */
  show(): void;
  end(ending: RunEnding): void;
}

export interface RunToTrace {
  readonly runId: string;
  readonly attempt: number;
  readonly trigger: { readonly kind: string };
}

export interface TracingOptions {
  /** Where spans go; absent: trace ids are made, and no span leaves the process. */
  readonly exporter?: SpanExporter;
  readonly resource?: Resource;
  readonly sampler?: Sampler;
  /** Told how many spans were lost. */
  readonly onLost?: (count: number) => void;
}

/** Spans of a run that are held back until it is known to have work. */
const MOST_HELD = 512;
const SCOPE = 'bfd-host';

export class Tracing {
  readonly #exporter: SpanExporter | undefined;
  readonly #delivery: BoundedDelivery<ReadableSpan> | undefined;
  readonly #resource: Resource;
  readonly #tracer: Tracer;
  /** Ended spans of runs that found nothing. */
  readonly #withheld = new Set<string>();

  constructor({ exporter, resource = emptyResource(), sampler, onLost }: TracingOptions = {}) {
    this.#exporter = exporter;
    this.#resource = resource;
    this.#delivery =
      exporter &&
      new BoundedDelivery<ReadableSpan>({
        send: (batch) => exportResult((done) => exporter.export([...batch], done)),
        onLost: onLost ?? (() => {}),
      });
    const provider = new TracerProvider({
      resource,
      ...(sampler ? { sampler } : {}),
      spanProcessors: [
        {
          onStart: () => {},
          onEnd: (span) => this.#ended(span),
          forceFlush: async () => {},
          shutdown: async () => {},
        },
      ],
    });
    this.#tracer = provider.getTracer(SCOPE, HOST_VERSION);
  }

  startRun(job: string, run: RunToTrace): RunSpan {
    const span = this.#tracer.startSpan(`run ${job}`, {
      kind: SpanKind.SERVER,
      attributes: {
        [PIPELINE_NAME]: job,
        [PIPELINE_RUN_ID]: run.runId,
        'cicd.pipeline.action.name': 'RUN',
        'bfd.run.attempt': run.attempt,
        'bfd.run.trigger': run.trigger.kind,
      },
    });
    const { traceId, spanId, traceFlags } = span.spanContext();
    // A job makes spans only if somebody takes them.
    const isSampled = this.#delivery !== undefined && (traceFlags & TraceFlags.SAMPLED) !== 0;
    const jobSpanId = randomBytes(8).toString('hex');
    let jobBeganMs: number | undefined;
    let held: ReadableSpan[] | undefined = [];
    const release = () => {
      for (const each of held ?? []) this.#delivery?.add(each);
      held = undefined;
    };
    const take = (data: SpanData) => {
      if (!this.#delivery || !isSampled || data.traceId !== traceId) return;
      const finished = readable(data, this.#resource);
      if (!held) this.#delivery.add(finished);
      else if (held.length < MOST_HELD) held.push(finished);
    };
    const jobSpan = (startUnixMs: number, ending: RunEnding): SpanData => ({
      traceId,
      spanId: jobSpanId,
      parentSpanId: spanId,
      name: 'job.run',
      kind: SpanKind.INTERNAL,
      startUnixMs,
      endUnixMs: Date.now(),
      isError: ending.error !== undefined,
      attributes: ending.error ? { [ERROR_TYPE]: ending.error.code } : {},
    });
    return {
      traceId,
      spanId,
      traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`,
      jobSpanId,
      jobBegins: () => {
        jobBeganMs = Date.now();
      },
      add: (spans) => {
        for (const data of spans) {
          if (data.spanId === jobSpanId) jobBeganMs = undefined;
          take(data);
        }
      },
      show: release,
      end: (ending) => {
        // Its process died before it could end it.
        if (jobBeganMs !== undefined) take(jobSpan(jobBeganMs, ending));
        if (held && ending.outcome === 'nothing-to-do') this.#withheld.add(spanId);
        else release();
        span.setAttributes(endAttributes(ending));
        if (ending.error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: ending.error.code });
        }
        span.end();
      },
    };
  }

  /** Passes on spans of a run that another host, or another process, has the span of. */
  add(spans: readonly SpanData[]): void {
    for (const data of spans) this.#delivery?.add(readable(data, this.#resource));
  }

  async close(budgetMs: number): Promise<void> {
    await this.#delivery?.close(budgetMs);
    // Whatever it still has under way is not waited for.
    this.#exporter?.shutdown().catch(() => {});
  }

  #ended(span: ReadableSpan): void {
    const isWithheld = this.#withheld.delete(span.spanContext().spanId);
    if (!isWithheld) this.#delivery?.add(span);
  }
}

/** The sampler that `OTEL_TRACES_SAMPLER` names; absent or unknown: each trace is taken. */
export function samplerFrom(env: NodeJS.ProcessEnv): Sampler | undefined {
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1');
  switch (env['OTEL_TRACES_SAMPLER']) {
    case 'always_off':
    case 'parentbased_always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
    default:
      return new AlwaysOnSampler();
  }
}

function endAttributes({ result, outcome, error }: RunEnding): Attributes {
  return {
    [PIPELINE_RESULT]: pipelineResult(result),
    'bfd.run.result': result,
    ...(outcome ? { 'bfd.run.outcome': outcome } : {}),
    ...(error ? { [ERROR_TYPE]: error.code } : {}),
  };
}

function readable(data: SpanData, resource: Resource): ReadableSpan {
  const context = (spanId: string): SpanContext => ({
    traceId: data.traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
  });
  return {
    name: data.name,
    kind: data.kind,
    spanContext: () => context(data.spanId),
    ...(data.parentSpanId ? { parentSpanContext: context(data.parentSpanId) } : {}),
    startTime: hrTime(data.startUnixMs),
    endTime: hrTime(data.endUnixMs),
    duration: hrTime(data.endUnixMs - data.startUnixMs),
    status: { code: data.isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: data.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'bfd-host-job' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(milliseconds: number): [number, number] {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}
