/**
 * A collector for tests: a real HTTP server that takes OTLP as protobuf, decoded with the schema that the OpenTelemetry
 * project publishes, and events as New Relic's Event API takes them. Told to, it misbehaves.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protos from 'otlp-protos/build/src/generated/root.js';

/** What the generated code of the schema offers for a message. */
interface MessageType {
  decode(body: Uint8Array): object;
  toObject(message: object, options: { longs: NumberConstructor; bytes: unknown }): Wire;
}

const { collector } = (protos as unknown as Schema).opentelemetry.proto;

const REQUESTS: Readonly<Record<Signal, MessageType>> = {
  traces: collector.trace.v1.ExportTraceServiceRequest,
  metrics: collector.metrics.v1.ExportMetricsServiceRequest,
  logs: collector.logs.v1.ExportLogsServiceRequest,
};

export type Signal = 'traces' | 'metrics' | 'logs';

/** How requests are answered. */
export type Mood =
  | 'ok'
  /** With this HTTP status. */
  | number
  /** Never: the connection stays open. */
  | 'silent'
  /** 413 for bodies of more than so many bytes. */
  | { readonly mostBytes: number };

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Uncompressed. */
  readonly body: Buffer;
  /** Bytes on the wire. */
  readonly wireBytes: number;
}

type Attributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly isError: boolean;
  readonly attributes: Attributes;
  readonly resource: Attributes;
}

export interface ReceivedLog {
  readonly event: string;
  readonly severity: string;
  readonly traceId: string;
  readonly attributes: Attributes;
}

export interface ReceivedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly isDelta: boolean;
  readonly value: number;
  readonly attributes: Attributes;
}

export class Collector implements AsyncDisposable {
  readonly requests: Received[] = [];
  mood: Mood = 'ok';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #url = '';

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<Collector> {
    const started = new Collector();
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server, 'listening');
    started.#url = `http://127.0.0.1:${(started.#server.address() as AddressInfo).port}`;
    return started;
  }

  get url(): string {
    return this.#url;
  }

  get spans(): ReceivedSpan[] {
    return this.#decoded('traces').flatMap(({ resourceSpans = [] }) =>
      resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
        scopeSpans.flatMap(({ spans = [] }) =>
          spans.map((span) => ({
            name: span.name ?? '',
            traceId: hex(span.traceId),
            spanId: hex(span.spanId),
            parentSpanId: hex(span.parentSpanId),
            kind: span.kind ?? 0,
            isError: span.status?.code === STATUS_ERROR,
            attributes: attributesOf(span),
            resource: attributesOf(resource),
          })),
        ),
      ),
    );
  }

  get logs(): ReceivedLog[] {
    return this.#decoded('logs').flatMap(({ resourceLogs = [] }) =>
      resourceLogs.flatMap(({ scopeLogs = [] }) =>
        scopeLogs.flatMap(({ logRecords = [] }) =>
          logRecords.map((record) => ({
            event: record.body?.stringValue ?? '',
            severity: record.severityText ?? '',
            traceId: hex(record.traceId),
            attributes: attributesOf(record),
          })),
        ),
      ),
    );
  }

  get points(): ReceivedPoint[] {
    return this.#decoded('metrics').flatMap(({ resourceMetrics = [] }) =>
      resourceMetrics.flatMap(({ scopeMetrics = [] }) =>
        scopeMetrics.flatMap(({ metrics = [] }) => metrics.flatMap(pointsOf)),
      ),
    );
  }

  /** Events of the Event API. */
  get events(): Readonly<Record<string, unknown>>[] {
    return this.requests
      .filter(({ path }) => /^\/v1\/accounts\/\d+\/events$/.test(path))
      .flatMap(({ body }) => JSON.parse(body.toString()));
  }

  /** Resolves when what was received fulfils this. */
  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** Nothing listens there any more. */
  async goDown(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goDown();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    for await (const chunk of request) chunks.push(chunk);
    const { mood } = this;
    if (mood === 'silent') return;
    const wire = Buffer.concat(chunks);
    const status = statusFor(mood, wire.length);
    if (status < 300) {
      const isZipped = request.headers['content-encoding'] === 'gzip';
      const body = isZipped ? gunzipSync(wire) : wire;
      const { url: path = '', headers } = request;
      this.requests.push({ path, headers, body, wireBytes: wire.length });
      for (const look of [...this.#waiting]) look();
    }
    response.writeHead(status).end();
  }

  #decoded(signal: Signal): Wire[] {
    return this.requests
      .filter(({ path }) => path === `/v1/${signal}`)
      .map(({ body }) => decode(signal, body));
  }
}

function statusFor(mood: Exclude<Mood, 'silent'>, bytes: number): number {
  if (mood === 'ok') return 200;
  if (typeof mood === 'number') return mood;
  return bytes > mood.mostBytes ? 413 : 200;
}

// Throws at what is no message of the schema.
function decode(signal: Signal, body: Buffer): Wire {
  const type = REQUESTS[signal];
  return type.toObject(type.decode(body), { longs: Number, bytes: undefined });
}

function pointsOf({ name = '', unit = '', sum, gauge, histogram }: WireMetric): ReceivedPoint[] {
  const isDelta = (sum ?? histogram)?.aggregationTemporality === TEMPORALITY_DELTA;
  const head = { metric: name, unit, isDelta };
  const points = [
    ...(sum?.dataPoints ?? []),
    ...(gauge?.dataPoints ?? []),
    ...(histogram?.dataPoints ?? []),
  ];
  return points.map((point) => ({
    ...head,
    value: point.asInt ?? point.asDouble ?? point.count ?? Number.NaN,
    attributes: attributesOf(point),
  }));
}

function attributesOf(from: { readonly attributes?: readonly KeyValue[] } | undefined): Attributes {
  return Object.fromEntries(
    (from?.attributes ?? []).map(({ key, value }) => [key, plainValue(value)]),
  );
}

function plainValue({
  stringValue,
  intValue,
  doubleValue,
  boolValue,
  arrayValue,
}: AnyValue): unknown {
  return (
    stringValue ??
    intValue ??
    doubleValue ??
    boolValue ??
    (arrayValue?.values ?? []).map(plainValue)
  );
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

const STATUS_ERROR = 2;
const TEMPORALITY_DELTA = 1;

interface Schema {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: MessageType } };
        readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: MessageType } };
        readonly logs: { readonly v1: { readonly ExportLogsServiceRequest: MessageType } };
      };
    };
  };
}

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface WithAttributes {
  readonly attributes?: readonly KeyValue[];
}

interface WirePoint extends WithAttributes {
  readonly asInt?: number;
  readonly asDouble?: number;
  readonly count?: number;
}

interface WireMetric {
  readonly name?: string;
  readonly unit?: string;
  readonly sum?: {
    readonly dataPoints?: readonly WirePoint[];
    readonly aggregationTemporality?: number;
  };
  readonly gauge?: { readonly dataPoints?: readonly WirePoint[] };
  readonly histogram?: {
    readonly dataPoints?: readonly WirePoint[];
    readonly aggregationTemporality?: number;
  };
}

interface WireSpan extends WithAttributes {
  readonly name?: string;
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly parentSpanId?: Uint8Array;
  readonly kind?: number;
  readonly status?: { readonly code?: number };
}

interface WireLog extends WithAttributes {
  readonly body?: AnyValue;
  readonly severityText?: string;
  readonly traceId?: Uint8Array;
}

interface Wire {
  readonly resourceSpans?: readonly {
    readonly resource?: WithAttributes;
    readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly scopeLogs?: readonly { readonly logRecords?: readonly WireLog[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics?: readonly { readonly metrics?: readonly WireMetric[] }[];
  }[];
}
