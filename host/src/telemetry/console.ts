// The same events for a person at a terminal: a line each, and a bar for each run that says how far it is.

import cliProgress from 'cli-progress';
import { type EventSink, type HostEvent, isQuiet, type OutputOptions } from './events.ts';
import { count, countsText, duration } from './words.ts';

type Bar = cliProgress.SingleBar;

export class Console implements EventSink {
  readonly #stream: NodeJS.WriteStream;
  readonly #bars: cliProgress.MultiBar;
  readonly #running = new Map<string, Bar>();
  readonly #options: OutputOptions;

  constructor(stream: NodeJS.WriteStream, options: OutputOptions = {}) {
    this.#stream = stream;
    this.#options = options;
    this.#bars = new cliProgress.MultiBar(
      {
        format: '          {job} {bar} {percentage}%  {what}',
        clearOnComplete: true,
        hideCursor: true,
        stream,
        barsize: 28,
      },
      cliProgress.Presets.shades_classic,
    );
  }

  emit(event: HostEvent): void {
    if (event.event === 'run.progress') this.#progress(event);
    if (event.event === 'run.finished') this.#drop(event.runId);
    // It has a bar, which says more.
    if (event.event === 'run.progress' || isQuiet(event, this.#options)) return;
    this.say(describe(this.#shown(event)));
  }

  /** A line of somebody else's, above the bars. */
  say(text: string): void {
    this.#print(`${new Date().toTimeString().slice(0, 8)}  ${text}
`);
  }

  async close(): Promise<void> {
    for (const runId of [...this.#running.keys()]) this.#drop(runId);
    this.#bars.stop();
  }

  // Who sits here is shown the way in, which no line in a log has.
  #shown(event: HostEvent): HostEvent {
    const { linkTo } = this.#options;
    if (event.event !== 'host.started' || !event.page || !linkTo) return event;
    return { ...event, page: linkTo(event.page) };
  }

  #print(text: string): void {
    // Above the bars while there are any; the library needs to know, or it draws over the line.
    if (this.#running.size > 0) this.#bars.log(text);
    else this.#stream.write(text);
  }

  #progress(event: Extract<HostEvent, { event: 'run.progress' }>): void {
    if (event.total === undefined || event.total === 0) return;
    let bar = this.#running.get(event.runId);
    if (!bar) {
      bar = this.#bars.create(event.total, 0);
      this.#running.set(event.runId, bar);
    }
    bar.setTotal(event.total);
    bar.update(event.done, {
      job: event.job.padEnd(JOB_WIDTH),
      what: progressText(event),
    });
  }

  #drop(runId: string): void {
    const bar = this.#running.get(runId);
    if (!bar) return;
    this.#running.delete(runId);
    bar.stop();
    this.#bars.remove(bar);
  }
}

/** Names of jobs stand below each other. */
export const JOB_WIDTH = 24;

/** @example '31 s left, 140,426 rows/s, carrier.csv 45% (12 s)' */
function progressText({
  done,
  unit,
  label,
  part,
  perSecond,
  rowsPerSecond,
  secondsLeft,
}: Extract<HostEvent, { event: 'run.progress' }>): string {
  const name = label?.split('/').at(-1);
  const left = part?.secondsLeft === undefined ? '' : ` (${duration(part.secondsLeft * 1000)})`;
  return [
    secondsLeft === undefined ? '' : `${duration(secondsLeft * 1000)} left`,
    rowsPerSecond === undefined ? '' : `${count(Math.round(rowsPerSecond))} rows/s`,
    rowsPerSecond === undefined && name === undefined && perSecond !== undefined
      ? `${count(Math.round(perSecond))} ${unit}/s`
      : '',
    name !== undefined && part ? `${name} ${percent(part.done, part.total)}%${left}` : (name ?? ''),
    name === undefined ? `${count(done)} ${unit}` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function placeLines(places: readonly string[] = []): string {
  return places.map((place) => `\n            ${place}`).join('');
}

function percent(done: number, total: number): number {
  return total > 0 ? Math.floor((100 * done) / total) : 100;
}

function describe(event: HostEvent): string {
  switch (event.event) {
    case 'host.starting':
      return `starting with ${event.services}`;
    case 'host.started':
      return [
        `host started with ${event.jobs} jobs${event.problems > 0 ? `, ${event.problems} problems` : ''}`,
        ...(event.page ? [`the page: ${event.page}`] : []),
        '`npx bfd-host runs` shows what ran, here or in another terminal; Ctrl-C stops',
      ].join('\n          ');
    case 'host.stopped':
      return 'host stopped';
    case 'host.degraded':
      return `host degraded: ${event.message} (${event.code})`;
    case 'host.notice':
      return event.message;
    case 'run.started':
      return `${event.job.padEnd(JOB_WIDTH)} started (${event.trigger}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''})`;
    case 'run.finished':
      return [
        `${event.job.padEnd(JOB_WIDTH)} ${event.result} after ${duration(event.durationMs)}`,
        countsText(event.counts),
      ]
        .filter((part) => part !== '')
        .join(', ')
        .concat(event.error ? `\n          ${event.errorCode}: ${event.error}` : '')
        .concat(event.remedy ? `\n          ${event.remedy}` : '')
        .concat(placeLines(event.places))
        .concat(
          event.retryInMs === undefined
            ? ''
            : `\n          tries again in ${duration(event.retryInMs)}`,
        );
    case 'fire.missed':
      return `${event.job.padEnd(JOB_WIDTH)} missed ${count(event.fires)} fires from ${event.first} to ${event.last}: ${event.reason}`;
    case 'gate.blocked':
      return `${event.job.padEnd(JOB_WIDTH)} waits: ${event.reason}`;
    case 'item.failed':
      return `${event.job.padEnd(JOB_WIDTH)} item ${event.index} failed for good: ${event.error} (${event.errorCode})${placeLines(event.places)}`;
    case 'job.log':
      return [
        `${event.job.padEnd(JOB_WIDTH)} ${event.level === 'info' ? '' : `${event.level}: `}${event.message}`,
        ...Object.entries(event.fields).map(([name, value]) => `${name} ${value}`),
      ].join(', ');
    case 'job.blocked-loop':
    case 'job.quarantined':
    case 'job.released':
      return `${event.job.padEnd(JOB_WIDTH)} ${event.message}`;
    case 'run.idle':
      return `${event.job.padEnd(JOB_WIDTH)} nothing to do`;
    case 'run.progress':
      return '';
  }
}
