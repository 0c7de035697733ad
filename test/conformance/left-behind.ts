// What a run leaves for those who look later: its records, and the events that were told. Both are the same whoever
// started it, so all targets are held against one file per behaviour (`left-behind/`).

import type { Project } from '../support/project.ts';

type Told = Readonly<Record<string, unknown>>;

export async function leftBehind(
  project: Project,
  job: string,
  told: readonly Told[],
): Promise<string> {
  const { rows } = await project.database.pool.query<Told>(
    `select attempt, job_version, plugin, plugin_version, trigger, result, outcome, version, counts,
            error_code, error, error_detail, boot_id is not null as has_boot_id, epoch > 0 as has_epoch,
            finished_at >= started_at as has_times, trace_id is not null as has_trace
       from bfd_host.run where job_name = $1 order by attempt`,
    [job],
  );
  const events = told.filter((each) => each['job'] === job && COMPARED.includes(each['event']));
  return `${JSON.stringify({ records: rows, events: events.map(lasting) }, null, 2)}\n`;
}

/** `run.idle` is told only to who asked for the run, and a gate only where runs are queued. */
const COMPARED: readonly unknown[] = ['run.started', 'run.finished'];

/** Without what only the engine that queues and retries by itself can know. */
const OF_THE_QUEUE = ['waitedMs', 'retryInMs'];
/** They are there, and different each time. */
const DIFFERENT = ['time', 'runId', 'traceId', 'spanId', 'startedAt', 'durationMs'];

function lasting(event: Told): Told {
  return Object.fromEntries(
    Object.entries(event).flatMap(([name, value]) =>
      OF_THE_QUEUE.includes(name) ? [] : [[name, DIFFERENT.includes(name) ? '…' : value]],
    ),
  );
}
