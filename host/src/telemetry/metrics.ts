// Figures of runs and jobs for OTLP and Prometheus, made of the events and of what the host sees every few seconds. The
// list with meanings is in docs/telemetry.md.

import type { Attributes, Meter } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import type { JobProcessStatus } from '../isolation/job-process.ts';
import type { JobState } from '../runs/job-state.ts';
import { HOST_VERSION } from '../version.ts';
import {
  ERROR_TYPE,
  PIPELINE_NAME,
  PIPELINE_RESULT,
  PIPELINE_RUN_STATE,
  pipelineResult,
} from './conventions.ts';
import type { EventSink, HostEvent } from './events.ts';

/** What is looked at every few seconds, and told when somebody asks. */
export interface Sighting {
  readonly jobs: readonly JobState[];
  readonly processes: readonly JobProcessStatus[];
}

// Runs last from milliseconds to days.
const SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];
const NOTHING_SEEN: Sighting = { jobs: [], processes: [] };

export class Metrics implements EventSink {
  readonly #provider: MeterProvider;
  readonly #instruments: ReturnType<typeof instruments>;
  readonly #rates = new Map<string, Rate>();
  #seen = NOTHING_SEEN;

  constructor(readers: readonly IMetricReader[], resource: Resource) {
    this.#provider = new MeterProvider({ resource, readers: [...readers] });
    const meter = this.#provider.getMeter('bfd-host', HOST_VERSION);
    this.#instruments = instruments(meter);
    this.#observe(meter);
  }

  /** Takes what the host sees just now. */
  see(seen: Sighting): void {
    this.#seen = seen;
  }

  /** Counts what could not be handed to a collector. */
  lost(sink: string, count: number): void {
    this.#instruments.lost.add(count, { 'bfd.telemetry.sink': sink });
  }

  emit(event: HostEvent): void {
    const { duration, active, runs, errors, items, missed } = this.#instruments;
    switch (event.event) {
      case 'run.started':
        active.add(1, ofJob(event.job));
        this.#waited(event.job, event.waitedMs);
        return;
      case 'run.progress':
        this.#rate(event);
        return;
      case 'run.idle':
        this.#waited(event.job, event.waitedMs);
        duration.record(event.durationMs / 1000, {
          ...executed(event.job),
          [PIPELINE_RESULT]: 'success',
        });
        runs.add(1, {
          ...ofJob(event.job),
          'bfd.run.result': 'succeeded',
          'bfd.run.outcome': 'nothing-to-do',
        });
        return;
      case 'run.finished': {
        const { job, result, outcome, durationMs, counts, errorCode } = event;
        // A run that was lost with another host was never active on this one.
        if (result !== 'lost') active.add(-1, ofJob(job));
        this.#rates.delete(event.runId);
        const error = errorCode === undefined ? {} : { [ERROR_TYPE]: errorCode };
        duration.record(durationMs / 1000, {
          ...executed(job),
          [PIPELINE_RESULT]: pipelineResult(result),
          ...error,
        });
        runs.add(1, {
          ...ofJob(job),
          'bfd.run.result': result,
          ...(outcome ? { 'bfd.run.outcome': outcome } : {}),
        });
        if (errorCode !== undefined) errors.add(1, { ...ofJob(job), ...error });
        for (const [name, count] of Object.entries(counts)) {
          items.add(count, { ...ofJob(job), 'bfd.count.name': name });
        }
        return;
      }
      case 'fire.missed':
        missed.add(event.fires, { ...ofJob(event.job), 'bfd.missed.reason': event.reason });
        return;
      case 'gate.blocked':
      case 'host.degraded':
      case 'host.notice':
      case 'host.started':
      case 'host.starting':
      case 'host.stopped':
      case 'job.blocked-loop':
      case 'job.log':
      case 'job.quarantined':
      case 'job.released':
        return;
    }
  }

  /** Exports what is left, as far as that goes within this time. */
  async close(budgetMs: number): Promise<void> {
    await this.#provider.shutdown({ timeoutMillis: budgetMs }).catch(() => {});
  }

  #waited(job: string, waitedMs: number | undefined): void {
    if (waitedMs === undefined) return;
    const attributes = { ...ofJob(job), [PIPELINE_RUN_STATE]: 'pending' };
    this.#instruments.duration.record(waitedMs / 1000, attributes);
  }

  #rate({ runId, job, done, unit }: Extract<HostEvent, { event: 'run.progress' }>): void {
    const now = performance.now();
    const before = this.#rates.get(runId);
    const seconds = before ? (now - before.at) / 1000 : 0;
    const perSecond = before && seconds > 0 ? Math.max(0, (done - before.done) / seconds) : 0;
    this.#rates.set(runId, { job, unit, done, perSecond, at: now });
  }

  #observe(meter: Meter): void {
    const rate = meter.createObservableGauge('bfd.run.rate', {
      description: 'How fast a run gets on, in the unit of its progress a second',
    });
    rate.addCallback((result) => {
      for (const { job, unit, perSecond } of this.#rates.values()) {
        result.observe(perSecond, { ...ofJob(job), 'bfd.progress.unit': unit });
      }
    });
    const age = meter.createObservableGauge('bfd.job.last_success.age', {
      unit: 's',
      description: 'How long ago a job last succeeded',
    });
    age.addCallback((result) => {
      for (const { name, lastSuccessAt, asOf } of this.#seen.jobs) {
        if (!lastSuccessAt) continue;
        result.observe((asOf.getTime() - lastSuccessAt.getTime()) / 1000, ofJob(name));
      }
    });
    const failing = meter.createObservableGauge('bfd.job.failing', {
      description: '1 while the latest finished run of a job did not succeed',
    });
    failing.addCallback((result) => {
      for (const { name, lastResult } of this.#seen.jobs) {
        if (lastResult) result.observe(lastResult === 'succeeded' ? 0 : 1, ofJob(name));
      }
    });
    const putOff = meter.createObservableGauge('bfd.job.put_off', {
      description: '1 while a job is paused or quarantined',
    });
    putOff.addCallback((result) => {
      for (const { name, pausedAt, crashes } of this.#seen.jobs) {
        const isPutOff = pausedAt !== null || crashes?.openedAt !== undefined;
        result.observe(isPutOff ? 1 : 0, ofJob(name));
      }
    });
    const memory = meter.createObservableGauge('bfd.job.process.memory', {
      unit: 'By',
      description: 'Resident memory of the process of a job',
    });
    memory.addCallback((result) => {
      for (const { job, rssMb } of this.#seen.processes) {
        if (rssMb !== undefined) result.observe(rssMb * 1024 * 1024, ofJob(job));
      }
    });
    const restarts = meter.createObservableCounter('bfd.job.process.restarts', {
      description: 'How often the process of a job died without being told to',
    });
    restarts.addCallback((result) => {
      for (const { job, restarts: count } of this.#seen.processes)
        result.observe(count, ofJob(job));
    });
    const hostMemory = meter.createObservableGauge('process.memory.usage', {
      unit: 'By',
      description: 'Resident memory of the host itself',
    });
    hostMemory.addCallback((result) => result.observe(process.memoryUsage.rss()));
  }
}

interface Rate {
  readonly job: string;
  readonly unit: string;
  readonly done: number;
  readonly perSecond: number;
  readonly at: number;
}

const ofJob = (job: string): Attributes => ({ [PIPELINE_NAME]: job });
const executed = (job: string): Attributes => ({
  ...ofJob(job),
  [PIPELINE_RUN_STATE]: 'executing',
});

function instruments(meter: Meter) {
  return {
    duration: meter.createHistogram('cicd.pipeline.run.duration', {
      unit: 's',
      description: 'How long a run waited (state pending) and how long it took (state executing)',
      advice: { explicitBucketBoundaries: SECONDS },
    }),
    active: meter.createUpDownCounter('cicd.pipeline.run.active', {
      description: 'Runs with work that are going on',
    }),
    errors: meter.createCounter('cicd.pipeline.run.errors', {
      description: 'Runs that ended with an error, by its code',
    }),
    runs: meter.createCounter('bfd.runs', {
      description: 'Runs that ended, by result and outcome',
    }),
    items: meter.createCounter('bfd.run.items', {
      description: 'What runs counted: rows, files, whatever a job names',
    }),
    missed: meter.createCounter('bfd.fires.missed', {
      description: 'Fires of schedules that led to no run, by reason',
    }),
    lost: meter.createCounter('bfd.telemetry.lost', {
      description: 'What could not be handed to a collector, by sink',
    }),
  };
}
