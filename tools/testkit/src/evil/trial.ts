// One trial: the job in a place of its own, gates before its services, at most one fault, and runs until there is
// nothing more to do.

import { randomUUID } from 'node:crypto';
import type { EventSink } from '@bfd-host/host/testing';
import type { Services } from '../fresh.ts';
import { JobSite } from '../job-site.ts';
import type { JobToTest } from '../job-to-test.ts';
import { TestProject } from '../test-project.ts';
import type { TestRun } from '../test-run.ts';
import { TestkitError } from '../testkit-error.ts';
import { type EndState, endState, isSameState } from './end-state.ts';
import type { PlannedFault } from './faults.ts';
import { PostgresGate } from './postgres-gate.ts';
import { S3Gate } from './s3-gate.ts';
import { type Step, Steps, type Verdict } from './steps.ts';

export interface TrialOptions {
  readonly job: JobToTest;
  readonly tables: readonly string[];
  readonly withObjects: boolean;
  readonly fault?: PlannedFault;
  /** Whose services; those of the test run if absent. */
  readonly services?: Services;
  /** Cuts these services' PostgreSQL short and starts it again. */
  readonly restartPostgres?: () => Promise<void>;
  readonly sink?: EventSink;
  /** After how many failures in a row the job counts as one that does not recover; 4 if absent. */
  readonly mostFailures?: number;
  /** Looks around before everything is gone. */
  readonly atEnd?: (site: JobSite) => Promise<void>;
}

export interface TrialOutcome {
  /** Those of runs that did something; all if none did. */
  readonly steps: readonly Step[];
  /** Whether the fault struck: a job that takes other steps each time may not come to where it waits. */
  readonly hasStruck: boolean;
  readonly runs: readonly TestRun[];
  /** Absent when the job did not come to an end. */
  readonly state?: EndState;
}

const MOST_RUNS = 25;

export async function makeTrial(options: TrialOptions): Promise<TrialOutcome> {
  const { job, fault, services, sink } = options;
  await using project = await TestProject.make(services ? { services } : {});
  const during = { abort: new AbortController(), pid: (): number | undefined => undefined };
  const steps = new Steps(
    fault && {
      index: fault.step.index,
      when: fault.when,
      act: () => strike(fault.fault, during, options),
    },
  );
  await using database = await PostgresGate.before(project.database.url, steps);
  await using s3 = await S3Gate.before(project.bucket.endpoint.endpoint, steps);
  const ways = { databaseUrl: database.url, s3Endpoint: s3.endpoint };
  await using site = await JobSite.open(job, project, { ways, ...(sink ? { sink } : {}) });
  during.pid = () => site.pid;
  const outcome = await runToTheEnd(site, steps, during, options);
  await options.atEnd?.(site);
  return outcome;
}

type RunKey = Pick<TestRun, 'runId' | 'attempt'>;

interface During {
  /** Of the run under way. */
  abort: AbortController;
  pid(): number | undefined;
}

async function strike(
  fault: PlannedFault['fault'],
  during: During,
  { restartPostgres }: TrialOptions,
): Promise<Verdict> {
  switch (fault) {
    case 'kill': {
      const pid = during.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      return 'cut';
    }
    case 'cut':
      return 'cut';
    case 'restart':
      await restartPostgres?.();
      return 'cut';
    case 's3-error':
      return 'refuse';
    case 's3-tear':
      return 'tear';
    case 'abort':
      during.abort.abort();
      return 'pass';
  }
}

async function runToTheEnd(
  site: JobSite,
  steps: Steps,
  during: During,
  { tables, withObjects, mostFailures = 4 }: TrialOptions,
): Promise<TrialOutcome> {
  const runs: TestRun[] = [];
  let next: RunKey = { runId: randomUUID(), attempt: 1 };
  let failures = 0;
  let worked = 0;
  let state: EndState | undefined;
  const outcome = (end?: EndState): TrialOutcome => ({
    steps: worked === 0 ? [...steps.taken] : steps.taken.slice(0, worked),
    hasStruck: steps.isOver,
    runs,
    ...(end ? { state: end } : {}),
  });
  while (runs.length < MOST_RUNS) {
    during.abort = new AbortController();
    const run = await site.run({ ...next, signal: during.abort.signal });
    runs.push(run);
    next = afterwards(run, site);
    if (run.result !== 'succeeded') {
      if (++failures > mostFailures) return outcome();
      continue;
    }
    failures = 0;
    const before = state;
    state = await endState(site.project, tables, withObjects);
    if (run.outcome === 'nothing-to-do' || (before && isSameState(before, state))) {
      return outcome(state);
    }
    worked = steps.taken.length;
  }
  throw new TestkitError(
    'BFD_TESTKIT_NO_END',
    `${site.job.name} changes ${tables.join(', ')} at each of ${MOST_RUNS} runs, so there is no end to compare. Name ` +
      'what comes to rest, for example with a select that leaves out a column.',
  );
}

/** As the host does: another try if the job has retries, else the next run. */
function afterwards(run: TestRun, site: JobSite): RunKey {
  const isRetried =
    (run.result === 'failed' || run.result === 'crashed' || run.result === 'timed-out') &&
    run.attempt <= site.job.retries.limit &&
    run.error?.isPermanent !== true;
  return isRetried
    ? { runId: run.runId, attempt: run.attempt + 1 }
    : { runId: randomUUID(), attempt: 1 };
}

/** The job found nothing in what the test prepared, so nothing can be learned from it. */
export function noWork({ runs }: TrialOutcome): TestkitError {
  return new TestkitError(
    'BFD_TESTKIT_NO_WORK',
    `In ${runs.length} undisturbed runs the job found nothing to do, so nothing is shown. Look at what the test ` +
      'prepares: keys, bucket, configuration.',
  );
}
