// Where telemetry goes by OTLP: what host.config.json says, else what the standard OTEL_* variables say.

import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base/node-http';
import type { TelemetryConfig } from '../config/host-config.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

export interface OtlpSettings {
  /** Settings of the exporter of each signal that is wanted; what they leave out it takes from the environment. */
  readonly signals: Readonly<Partial<Record<Signal, OTLPExporterNodeConfigBase>>>;
  /** Whether counts start anew with each export, as New Relic wants it. Absent: as the environment says. */
  readonly isDelta?: boolean;
  /** What was asked for and is not done. */
  readonly notices: readonly string[];
}

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const TIMEOUT_MS = 5000;

/** @param env - as the OpenTelemetry specification names its variables */
export function otlpSettings({ otlp }: TelemetryConfig, env: NodeJS.ProcessEnv): OtlpSettings {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return { signals: {}, notices: [] };
  const signals: Partial<Record<Signal, OTLPExporterNodeConfigBase>> = {};
  const notices: string[] = [];
  for (const signal of SIGNALS) {
    const exporter = env[`OTEL_${signal.toUpperCase()}_EXPORTER`];
    if (exporter === 'none') continue;
    if (!isEndpointKnown(signal, otlp !== undefined, env)) continue;
    if (exporter !== undefined && exporter !== '' && exporter !== 'otlp') {
      notices.push(
        `OTEL_${signal.toUpperCase()}_EXPORTER is not "otlp" or "none"; ${signal} are sent by OTLP`,
      );
    }
    signals[signal] = {
      // Each batch has to be done with before the next; the queue before it is bounded, too.
      concurrencyLimit: 1,
      ...(env['OTEL_EXPORTER_OTLP_TIMEOUT'] ? {} : { timeoutMillis: TIMEOUT_MS }),
      ...(otlp
        ? { url: `${otlp.endpoint.replace(/\/+$/, '')}/v1/${signal}`, headers: { ...otlp.headers } }
        : {}),
    };
  }
  const protocol = env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  if (protocol !== undefined && protocol !== '' && protocol !== 'http/protobuf') {
    notices.push(
      'OTEL_EXPORTER_OTLP_PROTOCOL asks for another protocol; OTLP is spoken as http/protobuf',
    );
  }
  return {
    signals,
    notices,
    ...(otlp?.temporality === undefined ? {} : { isDelta: otlp.temporality === 'delta' }),
  };
}

function isEndpointKnown(signal: Signal, isInFile: boolean, env: NodeJS.ProcessEnv): boolean {
  return (
    isInFile ||
    Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT']) ||
    Boolean(env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`])
  );
}
