// Who is told of what happens: standard output always, collectors as configuration and environment say. Opened once by
// whoever runs jobs, a host or `bfd-host run`.

import { hostname } from 'node:os';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type IMetricReader,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { TelemetryConfig } from '../config/host-config.ts';
import { HOST_VERSION } from '../version.ts';
import type { EventSink, HostEvent } from './events.ts';
import { Metrics } from './metrics.ts';
import { NewRelicEvents } from './new-relic-events.ts';
import { OtlpLogs } from './otlp-logs.ts';
import { type OtlpSettings, otlpSettings } from './otlp-settings.ts';
import { samplerFrom, Tracing } from './tracing.ts';

export interface TelemetryOptions {
  readonly config: TelemetryConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly bootId: string;
  /** Standard output: lines for people, or JSON. */
  readonly output: EventSink;
}

/** What everything that is left may take at the end, in milliseconds. */
const FLUSH_MS = 3000;

export class Telemetry implements AsyncDisposable {
  readonly tracing: Tracing;
  readonly metrics: Metrics;
  readonly #output: EventSink;
  readonly #sinks: readonly EventSink[];
  readonly #scrapes = new ScrapedReader();

  constructor({ config, env, bootId, output }: TelemetryOptions) {
    const settings = otlpSettings(config, env);
    const { traces, metrics, logs } = settings.signals;
    const resource = resourceOf(bootId);
    this.#output = output;
    this.metrics = new Metrics(
      [
        this.#scrapes,
        ...(metrics ? [pushReader(settings, metrics, env, this.#loser('metrics'))] : []),
      ],
      resource,
    );
    const sampler = samplerFrom(env);
    this.tracing = new Tracing({
      resource,
      ...(sampler ? { sampler } : {}),
      ...(traces ? { exporter: new OTLPTraceExporter(traces) } : {}),
      onLost: this.#loser('traces'),
    });
    this.#sinks = [
      output,
      this.metrics,
      ...(logs ? [new OtlpLogs(new OTLPLogExporter(logs), resource, this.#loser('logs'))] : []),
      ...(config.newRelicEvents
        ? [new NewRelicEvents(config.newRelicEvents, this.#loser('New Relic events'))]
        : []),
    ];
    for (const message of settings.notices) this.events.emit({ event: 'host.notice', message });
  }

  /** Hands an event to all of them. None can keep the others, or a run, from going on. */
  readonly events: EventSink = {
    emit: (event) => {
      for (const sink of this.#sinks) quietly(() => sink.emit(event));
    },
  };

  /** The figures in the format of Prometheus. */
  async prometheus(): Promise<string> {
    const { resourceMetrics } = await this.#scrapes.collect();
    return new PrometheusSerializer('', false, undefined, false, true).serialize(resourceMetrics);
  }

  /** Hands over what is left, as far as that goes within three seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    const rest = this.#sinks.filter((sink) => sink !== this.#output);
    await Promise.all([
      this.tracing.close(FLUSH_MS),
      ...rest.map((sink) => sink.close?.(FLUSH_MS).catch(() => {})),
    ]);
    await this.#output.close?.(FLUSH_MS);
  }

  // Told on standard output alone: the collector that lost it is the wrong one to ask to take more.
  #loser(sink: string): (count: number) => void {
    return (count) => {
      this.metrics.lost(sink, count);
      const what = count === 1 ? '1 item' : `${count} items`;
      const event: HostEvent = {
        event: 'host.degraded',
        code: 'BFD_TELEMETRY_LOST',
        message: `${what} of ${sink} could not be handed to the collector and are lost; runs and their records are not affected`,
      };
      quietly(() => this.#output.emit(event));
    };
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A sink that throws is broken; who else is told, and the run, matter more.
  }
}

function resourceOf(bootId: string): Resource {
  const own = resourceFromAttributes({
    'service.name': 'bfd-host',
    'service.version': HOST_VERSION,
    'service.instance.id': bootId,
    'host.name': hostname(),
  });
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before ours.
  return own.merge(detectResources({ detectors: [envDetector] }));
}

const EXPORT_EVERY_MS = 60_000;

function pushReader(
  { isDelta }: OtlpSettings,
  exporterConfig: object,
  env: NodeJS.ProcessEnv,
  onLost: (count: number) => void,
): IMetricReader {
  const exporter = new OTLPMetricExporter({
    ...exporterConfig,
    ...(isDelta === undefined
      ? {}
      : {
          temporalityPreference: isDelta
            ? AggregationTemporality.DELTA
            : AggregationTemporality.CUMULATIVE,
        }),
  });
  const send = exporter.export.bind(exporter);
  exporter.export = (batch, done) =>
    send(batch, (result) => {
      if (result.error) onLost(1);
      done(result);
    });
  const everyMs = Number(env['OTEL_METRIC_EXPORT_INTERVAL']) || EXPORT_EVERY_MS;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: Math.min(everyMs, 10_000),
  });
}

/** Collects when it is asked to, for whoever scrapes. */
class ScrapedReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
