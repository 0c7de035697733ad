// Runs as custom events of New Relic's Event API, for those who ask NRQL instead of logs.
// https://docs.newrelic.com/docs/data-apis/ingest-apis/event-api/introduction-event-api/

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { TelemetryConfig } from '../config/host-config.ts';
import { BoundedDelivery, type SendResult } from './bounded-delivery.ts';
import { type EventSink, flatten, type HostEvent } from './events.ts';
import { httpResult } from './export-result.ts';

type Access = NonNullable<TelemetryConfig['newRelicEvents']>;

const SEND_MS = 5000;
/** Of the Event API: names of 255 characters, values of 4,096, 254 members. */
const LONGEST_NAME = 255;
const LONGEST_VALUE = 4096;
const MOST_MEMBERS = 254;

export class NewRelicEvents implements EventSink {
  readonly #access: Access;
  readonly #delivery: BoundedDelivery<NewRelicEvent>;

  constructor(access: Access, onLost: (count: number) => void) {
    this.#access = access;
    // 100 events of what a line holds at most are below the megabyte that a request may have.
    this.#delivery = new BoundedDelivery({
      send: (batch) => this.#send(batch),
      onLost,
      batchItems: 100,
    });
  }

  emit(event: HostEvent): void {
    const type = eventType(event);
    if (type) this.#delivery.add(newRelicEvent(type, event));
  }

  async close(budgetMs: number): Promise<void> {
    await this.#delivery.close(budgetMs);
  }

  async #send(batch: readonly NewRelicEvent[]): Promise<SendResult> {
    const { endpoint, accountId, licenseKey } = this.#access;
    const url = `${endpoint.replace(/\/+$/, '')}/v1/accounts/${accountId}/events`;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Api-Key': licenseKey,
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
      },
      body: await promisify(gzip)(JSON.stringify(batch)),
      signal: AbortSignal.timeout(SEND_MS),
      redirect: 'error',
    });
    await response.body?.cancel();
    return httpResult(response.status);
  }
}

type NewRelicEvent = Readonly<Record<string, string | number>>;

function eventType({ event }: HostEvent): string | undefined {
  switch (event) {
    case 'run.started':
    case 'run.finished':
      return 'BfdJobRun';
    case 'fire.missed':
    case 'gate.blocked':
    case 'host.degraded':
    case 'host.started':
    case 'host.stopped':
    case 'item.failed':
    case 'job.blocked-loop':
    case 'job.quarantined':
    case 'job.released':
      return 'BfdHostEvent';
    case 'host.notice':
    case 'host.starting':
    case 'job.log':
    case 'run.idle':
    case 'run.progress':
      return undefined;
  }
}

function newRelicEvent(type: string, event: HostEvent): NewRelicEvent {
  const members: [string, string | number][] = [
    ['eventType', type],
    ['timestamp', Date.now()],
  ];
  for (const [name, value] of Object.entries(flatten(event))) {
    // Text and numbers are all it takes; names are letters, digits, `_`, `:` and `.`.
    const safeName = name.replaceAll(/[^\w:.]/g, '_').slice(0, LONGEST_NAME);
    if (typeof value === 'number') members.push([safeName, value]);
    else if (Array.isArray(value))
      members.push([safeName, value.join('\n').slice(0, LONGEST_VALUE)]);
    else if (value !== null) members.push([safeName, String(value).slice(0, LONGEST_VALUE)]);
  }
  return Object.fromEntries(members.slice(0, MOST_MEMBERS));
}
