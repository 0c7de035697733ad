// The spans of one run, as they would leave for a collector.

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TestSpan } from './test-run.ts';

export class CollectedSpans implements SpanExporter {
  readonly #spans: ReadableSpan[] = [];

  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    this.#spans.push(...spans);
    done({ code: 0 });
  }

  async shutdown(): Promise<void> {}

  get all(): TestSpan[] {
    const names = new Map(this.#spans.map((span) => [span.spanContext().spanId, span.name]));
    return this.#spans.map((span): TestSpan => {
      const parent = names.get(span.parentSpanContext?.spanId ?? '');
      return {
        name: span.name,
        ...(parent === undefined ? {} : { parent }),
        isError: span.status.code === ERROR,
        durationMs: span.duration[0] * 1000 + span.duration[1] / 1e6,
        attributes: span.attributes,
      };
    });
  }
}

/** SpanStatusCode.ERROR of OpenTelemetry. */
const ERROR = 2;
