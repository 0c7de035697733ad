// A job under faults: at many of its steps, one fault a trial. Whatever happens, what it leaves behind in the end must
// be what it leaves behind when nothing happens.

import type { Services } from '../fresh.ts';
import type { JobToTest } from '../job-to-test.ts';
import { ownStack } from '../own-stack.ts';
import { TestkitError } from '../testkit-error.ts';
import { differences, type EndState } from './end-state.ts';
import { describeFault, FAULTS, type Fault, type PlannedFault, planFaults } from './faults.ts';
import { makeTrial, noWork, type TrialOutcome } from './trial.ts';

export interface EvilOptions extends JobToTest {
  /** Tables that must end the same, by name; or `select` statements, to leave columns out. */
  readonly tables: readonly string[];
  /** Whether the objects in the bucket must, too; false if absent. */
  readonly withObjects?: boolean;
  /** Which faults; all if absent. */
  readonly faults?: readonly Fault[];
  /** At how many steps each fault strikes, at most; `Infinity`: at all. About twenty trials together if absent. */
  readonly places?: number;
}

export interface EvilReport {
  /** How many steps an undisturbed job takes: statements and S3 requests. */
  readonly steps: number;
  readonly trials: readonly EvilTrial[];
}

export interface EvilTrial {
  readonly fault: Fault;
  /** Such as `kill -9 after step 7, commit`. */
  readonly what: string;
  /** How the run ended in which it struck, or would have. */
  readonly firstResult: string;
  /** Whether it struck; a job that takes other steps each time may not come to the one it waits at. */
  readonly hasStruck: boolean;
}

/** The job loses or doubles something, or does not recover. */
export class EvilKitError extends Error {
  override readonly name = 'EvilKitError';
  readonly code = 'BFD_EVIL_KIT';
  /** A fault each, with what came of it. */
  readonly breaches: readonly string[];
  readonly report: EvilReport;

  constructor(job: string, breaches: readonly string[], report: EvilReport) {
    const tried = `${breaches.length} of ${report.trials.length} faults`;
    super(`${job} does not survive ${tried} (BFD_EVIL_KIT):\n\n${breaches.join('\n\n')}`);
    this.breaches = breaches;
    this.report = report;
  }
}

/**
 * Runs a job under faults and compares the end with that of undisturbed runs. After a fault the job runs again, as in
 * a host, until it finds nothing to do.
 *
 * @throws {@link EvilKitError} when something is lost or doubled, or the job does not get up again
 * @example
 * await evilKit({
 *   plugin: import.meta.dirname,
 *   config: ({ bucket }) => ({ bucket: bucket.name }),
 *   sql: TABLES,
 *   objects: { 'people.csv': PEOPLE },
 *   tables: ['acme.person', 'select key from acme.file'],
 * });
 */
export async function evilKit(options: EvilOptions): Promise<EvilReport> {
  const { tables, withObjects = false, faults = FAULTS, places } = options;
  const base = { job: options, tables, withObjects };
  const calm = await makeTrial(base);
  if (calm.state === undefined) throw notEvenUndisturbed(calm);
  if (calm.runs.every(({ outcome }) => outcome === 'nothing-to-do')) throw noWork(calm);
  const planned = planFaults(calm.steps, faults, places);
  const trials: EvilTrial[] = [];
  const breaches: string[] = [];
  const expected = calm.state;

  const attempt = async (fault: PlannedFault, own?: OwnServices) => {
    const outcome = await makeTrial({ ...base, fault, ...own });
    const what = describeFault(fault);
    const firstResult = outcome.runs[0]?.result ?? '';
    trials.push({ fault: fault.fault, what, firstResult, hasStruck: outcome.hasStruck });
    const wrong = whatIsWrong(outcome, expected);
    if (wrong.length > 0) breaches.push([what, ...wrong].join('\n  '));
  };
  const restarts = planned.filter(({ fault }) => fault === 'restart');
  const others = planned.filter(({ fault }) => fault !== 'restart').values();
  const lane = async () => {
    for (const fault of others) await attempt(fault);
  };
  await Promise.all([lane(), lane(), restartLane(restarts, attempt)]);

  const report = { steps: calm.steps.length, trials };
  if (breaches.length > 0) throw new EvilKitError(jobOf(calm), breaches, report);
  return report;
}

interface OwnServices {
  readonly services: Services;
  readonly restartPostgres: () => Promise<void>;
}

// Not in the services of the test run: others have sessions there.
async function restartLane(
  restarts: readonly PlannedFault[],
  attempt: (fault: PlannedFault, own: OwnServices) => Promise<void>,
): Promise<void> {
  if (restarts.length === 0) return;
  await using stack = await ownStack();
  const { postgres, s3, restartPostgres } = stack;
  if (!postgres || !s3) throw new Error('the stack came without services');
  for (const fault of restarts) {
    await attempt(fault, { services: { postgres, s3 }, restartPostgres });
  }
}

function whatIsWrong({ state, runs }: TrialOutcome, expected: EndState): string[] {
  if (state) return differences(expected, state);
  const last = runs.at(-1);
  return [
    `does not recover: ${last?.result} again and again, ${last?.error?.code}: ${last?.error?.message}`,
  ];
}

function notEvenUndisturbed(calm: TrialOutcome): TestkitError {
  const { result = '', error } = calm.runs.at(-1) ?? {};
  return new TestkitError(
    'BFD_TESTKIT_UNDISTURBED',
    `The job does not succeed even when nothing disturbs it: ${result}, ${error?.code}: ${error?.message} Mend that first.`,
  );
}

function jobOf({ runs }: TrialOutcome): string {
  const told = runs.flatMap(({ events }) => events).find((event) => 'job' in event);
  return String(told?.['job'] ?? 'the job');
}
