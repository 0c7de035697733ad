// What the host tells of itself and of runs: the same events to every sink. Flat, of safe values only.

import type { Counts } from '@bfd-host/sdk';
import type { ClosedGate } from '../gate/closed-gate.ts';
import type { RunProgress, RunResult } from '../runs/run-store.ts';

interface RunFacts {
  readonly job: string;
  readonly runId: string;
  readonly attempt: number;
  readonly trigger: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

export type HostEvent =
  | { readonly event: 'host.starting'; readonly version: string; readonly services: string }
  | {
      readonly event: 'host.started';
      readonly version: string;
      readonly jobs: number;
      readonly problems: number;
      /** Address of the operator's page. */
      readonly page?: string;
    }
  | { readonly event: 'host.stopped' }
  | { readonly event: 'host.degraded'; readonly code: string; readonly message: string }
  | { readonly event: 'host.notice'; readonly message: string }
  | ({
      readonly event: 'run.started';
      readonly startedAt: string;
      /** How long it could have started before it did; absent when it was never queued. */
      readonly waitedMs?: number;
    } & RunFacts)
  | ({
      readonly event: 'run.progress';
      /** Whether it is one of the few that are worth a line. */
      readonly isMilestone?: boolean;
    } & RunFacts &
      RunProgress)
  | ({
      readonly event: 'run.finished';
      readonly result: RunResult;
      readonly outcome?: 'work-done' | 'nothing-to-do';
      readonly durationMs: number;
      readonly counts: Counts;
      readonly errorCode?: string;
      readonly error?: string;
      readonly remedy?: string;
      readonly places?: readonly string[];
      readonly retryInMs?: number;
    } & RunFacts)
  | {
      readonly event: 'run.idle';
      readonly job: string;
      readonly runId: string;
      readonly durationMs: number;
      readonly waitedMs?: number;
    }
  | {
      readonly event: 'fire.missed';
      readonly job: string;
      readonly first: string;
      readonly last: string;
      readonly fires: number;
      readonly reason: string;
    }
  | {
      readonly event: 'gate.blocked';
      readonly job: string;
      readonly gate: ClosedGate['kind'];
      readonly reason: string;
    }
  | {
      readonly event: 'job.log';
      readonly job: string;
      readonly runId: string;
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Readonly<Record<string, string | number | boolean | null>>;
    }
  | {
      /** An item of `ctx.forEach` failed for good. */
      readonly event: 'item.failed';
      readonly job: string;
      readonly runId: string;
      readonly index: number;
      readonly attempt: number;
      readonly errorCode: string;
      readonly error: string;
      readonly places?: readonly string[];
    }
  | {
      readonly event: 'job.blocked-loop' | 'job.quarantined' | 'job.released';
      readonly job: string;
      readonly message: string;
    };

/** The members of an event side by side, as lines, log records and the Event API have them: `counts.rows`, `part.done`. */
export function flatten(event: HostEvent): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(event)) {
    if (key === 'isMilestone') continue;
    if (key === 'counts' || key === 'fields' || key === 'part') {
      for (const [name, inner] of Object.entries(value as object)) flat[`${key}.${name}`] = inner;
    } else {
      flat[key] = value;
    }
  }
  return flat;
}

/** Takes events. Never throws and never waits: a run is not held up by who is told of it. */
export interface EventSink {
  emit(event: HostEvent): void;
  /** Hands over what is left, as far as that goes within this time. */
  close?(budgetMs: number): Promise<void>;
}

export interface OutputOptions {
  /** Whether to tell of runs that found nothing, for somebody who asked for just that run. */
  readonly tellsIdle?: boolean;
  /** The address of the page as it is shown to who sits at this terminal. */
  readonly linkTo?: (page: string) => string;
}

/** Which events are only worth a line when somebody asks for more. */
export function isQuiet(event: HostEvent, { tellsIdle = false }: OutputOptions = {}): boolean {
  return (
    (event.event === 'run.progress' && !event.isMilestone) ||
    (event.event === 'run.idle' && !tellsIdle) ||
    (event.event === 'job.log' && event.level === 'debug')
  );
}
