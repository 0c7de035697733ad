// One run with all its attempts: what came of each, where it failed and what to do, and what it logged.

import { z } from 'zod';
import { placeText } from '../runs/place-text.ts';
import { attemptsOf, logOf, type RunRecord, type RunRow } from '../runs/run-records.ts';
import type { Attempt, RunDetail, RunSummary } from './api.ts';
import { NotFoundRefusal } from './page-error.ts';
import type { PageSources } from './page-sources.ts';

/** What a run's record keeps of its error besides code and sentence. */
const detailSchema = z.object({
  remedy: z.string().optional(),
  places: z
    .array(
      z.object({
        code: z.string(),
        file: z.string().optional(),
        line: z.number().optional(),
        column: z.string().optional(),
      }),
    )
    .default([]),
});

/** @throws {@link NotFoundRefusal} */
export async function runDetail(runId: string, { database }: PageSources): Promise<RunDetail> {
  const { pool } = database;
  const records = await attemptsOf(pool, runId);
  const [first] = records;
  if (!first) throw new NotFoundRefusal();
  const attempts = await Promise.all(
    records.map(async (record) => attempt(record, await logOf(pool, record))),
  );
  return { now: new Date().toISOString(), runId, job: first.job, attempts };
}

type Log = Awaited<ReturnType<typeof logOf>>;

function attempt(record: RunRecord, log: Log): Attempt {
  const { data: detail } = detailSchema.safeParse(record.errorDetail);
  const { jobVersion, plugin, pluginVersion, version, traceId, bootId, machine } = record;
  return {
    ...runSummary(record),
    jobVersion,
    plugin,
    pluginVersion,
    version,
    traceId,
    bootId,
    machine,
    dueAt: record.dueAt?.toISOString() ?? null,
    waitedFor: record.waitedFor,
    remedy: detail?.remedy ?? null,
    places: (detail?.places ?? []).map(placeText),
    log: log.map(({ at, ...line }) => ({ ...line, at: at.toISOString() })),
  };
}

/** A run on one line. */
export function runSummary({
  runId,
  attempt: number,
  job,
  trigger,
  triggerDetail,
  startedAt,
  finishedAt,
  durationMs,
  result,
  outcome,
  counts,
  progress,
  errorCode,
  error,
}: RunRow): RunSummary {
  return {
    runId,
    attempt: number,
    job,
    trigger,
    triggerDetail,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    durationMs,
    result,
    outcome,
    counts,
    progress,
    errorCode,
    error,
  };
}
