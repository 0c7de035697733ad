import type { RunRow } from '../runs/run-records.ts';
import { ago, count, countsText, duration } from '../telemetry/words.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson, table } from './output.ts';
import { stateCell } from './tones.ts';

export interface RunsOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly job?: string;
  readonly limit: number;
}

/** `bfd-host runs`: runs with work and those that did not succeed, newest first. */
export async function runsCommand(options: RunsOptions): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const runs = await open.store.runs({
    limit: options.limit,
    ...(options.job === undefined ? {} : { job: options.job }),
  });
  if (options.json) {
    printJson({ runs });
    return EXIT.ok;
  }
  if (runs.length === 0) {
    print('No run had work yet. `bfd-host jobs` shows when each job last looked.');
    return EXIT.ok;
  }
  print(
    table(
      ['STARTED', 'JOB', 'RESULT', { heading: 'TOOK', isNumber: true }, 'WHAT'],
      runs.map((run) => [
        ago(run.startedAt),
        run.job,
        stateCell(
          run.result,
          run.attempt > 1 ? `${run.result} (attempt ${run.attempt})` : run.result,
        ),
        duration(run.durationMs),
        whatOf(run),
      ]),
    ),
  );
  return EXIT.ok;
}

function whatOf(run: RunRow): string {
  if (run.errorCode) return `${run.errorCode}: ${run.error}`;
  if (run.result === 'running' && run.progress) {
    const { done, total, unit } = run.progress;
    return `${count(done)}${total === undefined ? '' : ` of ${count(total)}`} ${unit}`;
  }
  return countsText(run.counts);
}
