// One trace per run: the host's span here, and below it the spans that the job's process hands over. The host
// owns the span of a run, so that it ends with the reason even when the job's process dies.

import { setTimeout } from 'node:timers/promises';
import {
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanData } from '../isolation/protocol.ts';
import type { RunEnding } from '../runs/run-store.ts';

export interface RunSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** W3C trace context for the job's process. */
  readonly traceparent: string;
  /** Takes finished spans of the job's process. */
  add(spans: readonly SpanData[]): void;
  end(ending: RunEnding): void;
}

export interface RunToTrace {
  readonly runId: string;
  readonly attempt: number;
  readonly trigger: { readonly kind: string };
}

const FLUSH_MS = 2000;

export interface TracingOptions {
  readonly version: string;
  readonly bootId: string;
  /** Where spans go; absent: trace ids are made, and no span leaves the process. */
  readonly exporter?: SpanExporter;
}

/** The OTLP exporter that the standard OTEL_* variables ask for, if they name an endpoint. */
export function exporterFromEnvironment(env: NodeJS.ProcessEnv): SpanExporter | undefined {
  const isWanted =
    env['OTEL_SDK_DISABLED'] !== 'true' &&
    env['OTEL_TRACES_EXPORTER'] !== 'none' &&
    (env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
  return isWanted ? new OTLPTraceExporter() : undefined;
}

export class Tracing implements AsyncDisposable {
  readonly #provider: TracerProvider;
  readonly #processor: BatchSpanProcessor | undefined;
  readonly #resource: Resource;
  readonly #tracer: Tracer;

  constructor({ version, bootId, exporter }: TracingOptions) {
    this.#resource = defaultResource().merge(
      resourceFromAttributes({
        'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'bfd-host',
        'service.version': version,
        'service.instance.id': bootId,
      }),
    );
    this.#processor = exporter && new BatchSpanProcessor({ exporter });
    this.#provider = new TracerProvider({
      resource: this.#resource,
      spanProcessors: this.#processor ? [this.#processor] : [],
    });
    this.#tracer = this.#provider.getTracer('bfd-host', version);
  }

  startRun(job: string, run: RunToTrace): RunSpan {
    const span = this.#tracer.startSpan(`run ${job}`, {
      kind: SpanKind.INTERNAL,
      attributes: {
        'bfd.job.name': job,
        'bfd.run.id': run.runId,
        'bfd.run.attempt': run.attempt,
        'bfd.run.trigger': run.trigger.kind,
      },
    });
    const { traceId, spanId } = span.spanContext();
    return {
      traceId,
      traceparent: `00-${traceId}-${spanId}-01`,
      add: (spans) => {
        for (const data of spans) {
          if (data.traceId === traceId) this.#processor?.onEnd(readable(data, this.#resource));
        }
      },
      end: (ending) => {
        span.setAttribute('bfd.run.result', ending.result);
        if (ending.outcome) span.setAttribute('bfd.run.outcome', ending.outcome);
        if (ending.error) {
          span.setAttribute('error.type', ending.error.code);
          span.setStatus({ code: SpanStatusCode.ERROR, message: ending.error.code });
        }
        span.end();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A collector that is away must not hold up the end of the process.
    await Promise.race([
      this.#provider.shutdown().catch(() => {}),
      setTimeout(FLUSH_MS, undefined, { ref: false }),
    ]);
  }
}

function readable(data: SpanData, resource: Resource): ReadableSpan {
  const context = (spanId: string): SpanContext => ({
    traceId: data.traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
  });
  const startTime = hrTime(data.startUnixMs);
  const endTime = hrTime(data.endUnixMs);
  return {
    name: data.name,
    kind: data.kind,
    spanContext: () => context(data.spanId),
    ...(data.parentSpanId ? { parentSpanContext: context(data.parentSpanId) } : {}),
    startTime,
    endTime,
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
