import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { SendResult } from './bounded-delivery.ts';

/** What an exporter of OpenTelemetry says of a batch, as the delivery takes it. It has tried some times itself. */
export function exportResult(
  send: (done: (result: ExportResult) => void) => void,
): Promise<SendResult> {
  return new Promise((resolve) => {
    send(({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) resolve('sent');
      else resolve(httpResult(error && 'code' in error ? error.code : undefined));
    });
  });
}

/** What an HTTP status means for a batch that was answered with it; none: the collector did not answer. */
export function httpResult(status: unknown): SendResult {
  if (typeof status !== 'number') return 'again';
  if (status >= 200 && status < 300) return 'sent';
  if (status === 413) return 'too-large';
  return status === 408 || status === 429 || status >= 500 ? 'again' : 'refused';
}
