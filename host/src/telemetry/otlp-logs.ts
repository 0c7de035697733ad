// The events as OTLP log records, beside their lines on standard output: the same facts, correlated with the traces.

import { type Attributes, SeverityNumber, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { BoundedDelivery } from './bounded-delivery.ts';
import { type EventSink, flatten, type HostEvent, isQuiet } from './events.ts';
import { exportResult } from './export-result.ts';

export class OtlpLogs implements EventSink {
  readonly #delivery: BoundedDelivery<ReadableLogRecord>;
  readonly #exporter: LogRecordExporter;
  readonly #resource: Resource;

  constructor(exporter: LogRecordExporter, resource: Resource, onLost: (count: number) => void) {
    this.#exporter = exporter;
    this.#resource = resource;
    this.#delivery = new BoundedDelivery({
      send: (batch) => exportResult((done) => exporter.export([...batch], done)),
      onLost,
    });
  }

  emit(event: HostEvent): void {
    if (isQuiet(event)) return;
    this.#delivery.add(logRecord(event, this.#resource));
  }

  async close(budgetMs: number): Promise<void> {
    await this.#delivery.close(budgetMs);
    await this.#exporter.shutdown().catch(() => {});
  }
}

const SCOPE = { name: 'bfd-host' };

function logRecord(event: HostEvent, resource: Resource): ReadableLogRecord {
  const now = Date.now();
  const hrTime: [number, number] = [Math.floor(now / 1000), (now % 1000) * 1e6];
  const { event: eventName, ...facts } = flatten(event);
  const spanContext = 'traceId' in event ? contextOf(event) : undefined;
  return {
    hrTime,
    hrTimeObserved: hrTime,
    eventName: `bfd.${String(eventName)}`,
    body: String(eventName),
    ...severity(event),
    ...(spanContext ? { spanContext } : {}),
    resource,
    instrumentationScope: SCOPE,
    attributes: facts as Attributes,
    droppedAttributesCount: 0,
  };
}

function contextOf({
  traceId,
  spanId,
}: {
  traceId?: string;
  spanId?: string;
}): SpanContext | undefined {
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

function severity(event: HostEvent): { severityNumber: SeverityNumber; severityText: string } {
  switch (event.event) {
    case 'job.log':
      return SEVERITIES[event.level];
    case 'run.finished':
      return event.result === 'succeeded' ? SEVERITIES.info : SEVERITIES.error;
    case 'job.quarantined':
      return SEVERITIES.error;
    case 'host.degraded':
    case 'fire.missed':
    case 'item.failed':
    case 'job.blocked-loop':
      return SEVERITIES.warn;
    case 'gate.blocked':
    case 'host.notice':
    case 'host.started':
    case 'host.starting':
    case 'host.stopped':
    case 'job.released':
    case 'run.idle':
    case 'run.progress':
    case 'run.started':
      return SEVERITIES.info;
  }
}

const SEVERITIES = {
  debug: { severityNumber: SeverityNumber.DEBUG, severityText: 'DEBUG' },
  info: { severityNumber: SeverityNumber.INFO, severityText: 'INFO' },
  warn: { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  error: { severityNumber: SeverityNumber.ERROR, severityText: 'ERROR' },
} as const;
