// What is recorded of runs, as command line and page list and show it. Lists go page by page from the newest on, by the
// place of the last row seen, so that the thousandth page of a million runs costs what the first does.

import type { Counts } from '@bfd-host/sdk';
import type pg from 'pg';
import * as statements from './run-records.sql.ts';
import type { RunProgress, RunResult } from './run-store.ts';

export interface RunKey {
  readonly runId: string;
  readonly attempt: number;
}

/** An attempt of a run. */
export interface RunRow extends RunKey {
  readonly job: string;
  readonly jobVersion: string;
  readonly plugin: string;
  readonly pluginVersion: string;
  readonly trigger: string;
  readonly triggerDetail: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly durationMs: number;
  readonly result: RunResult | 'running';
  readonly outcome: string | null;
  readonly version: string | null;
  readonly counts: Counts;
  readonly progress: RunProgress | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly errorDetail: unknown;
  readonly traceId: string | null;
}

/** An attempt with all that is known of it. */
export interface RunRecord extends RunRow {
  readonly bootId: string;
  /** Name of the machine of its host, if that is still known. */
  readonly machine: string | null;
  /** Since when it could have started. */
  readonly dueAt: Date | null;
  /** What it waited for last. */
  readonly waitedFor: string | null;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** A line as the database keeps it. */
export interface KeptLogLine extends LogLine {
  /** By the database's clock. */
  readonly at: Date;
}

/** All results but one. */
export const NOT_SUCCEEDED: readonly RunResult[] = [
  'failed',
  'crashed',
  'timed-out',
  'cancelled',
  'interrupted',
  'lost',
];

export interface RunFilter {
  readonly job?: string;
  /** Only runs that ended so; `running`: only those that have not ended. */
  readonly results?: readonly RunResult[] | 'running';
  /** Only runs after this one in the list, newest first: a {@link cursorOf}. */
  readonly after?: string;
  /** Only runs that ended then or later, or go on. */
  readonly since?: Date;
  readonly limit: number;
}

type Executor = Pick<pg.ClientBase, 'query'>;

/** Newest first. */
export async function listRuns(client: Executor, filter: RunFilter): Promise<RunRow[]> {
  const { rows } = await client.query(statements.LIST_RUNS, listParameters(filter));
  return rows.map(toRow);
}

/** The same, and where the list goes on if there is more. */
export async function runsPage(
  client: Executor,
  filter: RunFilter,
): Promise<{ runs: RunRow[]; next: string | null }> {
  const wanted = { ...filter, limit: filter.limit + 1 };
  const { rows } = await client.query(statements.LIST_RUNS, listParameters(wanted));
  const shown = rows.slice(0, filter.limit);
  const last = shown.at(-1);
  return {
    runs: shown.map(toRow),
    next: rows.length > shown.length && last ? cursorOf(last) : null,
  };
}

/** All attempts of a run, the first one first. */
export async function attemptsOf(client: Executor, runId: string): Promise<RunRecord[]> {
  const { rows } = await client.query(statements.ATTEMPTS, [runId]);
  return rows.map((row) => ({
    ...toRow(row),
    bootId: row.boot_id,
    machine: row.machine,
    dueAt: row.due_at,
    waitedFor: row.waited_for,
  }));
}

/** The lines kept of an attempt, the oldest first. */
export async function logOf(client: Executor, { runId, attempt }: RunKey): Promise<KeptLogLine[]> {
  const { rows } = await client.query<KeptLogLine>(statements.LOG, [runId, attempt]);
  return rows;
}

const CURSOR = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)_([0-9a-f-]{36})_(\d{1,9})$/;

/** Whether a text is the place of a row in a list. */
export function isCursor(text: string): boolean {
  return CURSOR.test(text);
}

function cursorOf(row: { place_at: string; run_id: string; attempt: number }): string {
  return `${row.place_at}_${row.run_id}_${row.attempt}`;
}

function listParameters({ job, results, after, since, limit }: RunFilter): unknown[] {
  const [, at = null, runId = null, attempt = null] = after ? (CURSOR.exec(after) ?? []) : [];
  const ended = results === undefined || results === 'running' ? null : results;
  return [job ?? null, ended, results === 'running', at, runId, attempt, limit, since ?? null];
}

// biome-ignore lint/suspicious/noExplicitAny: a row as the driver gives it
function toRow(row: any): RunRow {
  return {
    runId: row.run_id,
    attempt: row.attempt,
    job: row.job_name,
    jobVersion: row.job_version,
    plugin: row.plugin,
    pluginVersion: row.plugin_version,
    trigger: row.trigger,
    triggerDetail: row.trigger_detail,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationMs: Number(row.duration_ms),
    result: row.result,
    outcome: row.outcome,
    version: row.version,
    counts: row.counts,
    progress: row.progress,
    errorCode: row.error_code,
    error: row.error,
    errorDetail: row.error_detail,
    traceId: row.trace_id,
  };
}
