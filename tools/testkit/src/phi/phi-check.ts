// A job whose rows, keys and configuration are full of made-up people, run with and without faults; and then a search
// for them in everything a host would tell of it.

import { Writable } from 'node:stream';
import type { EventSink, HostEvent } from '@bfd-host/host/testing';
import { planFaults } from '../evil/faults.ts';
import { makeTrial, noWork, type TrialOptions } from '../evil/trial.ts';
import { hostParts } from '../host-parts.ts';
import type { JobSite } from '../job-site.ts';
import type { JobToTest } from '../job-to-test.ts';
import type { TestRun } from '../test-run.ts';
import { TestkitError } from '../testkit-error.ts';
import { type Canaries, canaries } from './canaries.ts';
import { findCanaries, type Leak } from './find-canaries.ts';

export interface PhiReport {
  readonly runs: number;
  /** How many texts of each sink were searched. */
  readonly searched: Readonly<Record<string, number>>;
}

/** Something of a row, a key or the configuration was told. */
export class PhiLeakError extends Error {
  override readonly name = 'PhiLeakError';
  readonly code = 'BFD_PHI_LEAK';
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    const lines = leaks
      .slice(0, 20)
      .map(({ sink, form, excerpt }) => `  ${sink} (${form}): …${excerpt}…`);
    super(
      `${leaks.length} times something of a person was told (BFD_PHI_LEAK):\n${lines.join('\n')}`,
    );
    this.leaks = leaks;
  }
}

/** One place of each is enough: what an error tells does not depend on where it strikes. */
const FAULTS = ['kill', 'cut', 's3-error', 's3-tear', 'abort'] as const;

/**
 * Runs a job over canaries and searches what is told: the host's lines for machines and for people, spans, and the
 * tables in which it records runs. Checkpoints are the job's own data and are not looked at.
 *
 * @param job - describes the job with the canaries it is to meet; they do not have to make sense, for it may fail
 * @throws {@link PhiLeakError} when one turns up
 * @example
 * await phiCheck((canary) => ({
 *   plugin: import.meta.dirname,
 *   config: ({ bucket }) => ({ bucket: bucket.name }),
 *   objects: { [`${canary.name()}.csv`]: `id,name\n${canary.number()},${canary.name()}\n` },
 * }));
 */
export async function phiCheck(job: (canary: Canaries) => JobToTest): Promise<PhiReport> {
  const made = canaries();
  const toTest = job(made);
  if (made.all.length === 0) {
    throw new TestkitError(
      'BFD_TESTKIT_NO_CANARIES',
      'The test makes no canaries, so none could be found. Put canary.name(), canary.mbi() … into rows, keys and config.',
    );
  }
  const ears = await Ears.make();
  const trial: TrialOptions = {
    job: toTest,
    tables: [],
    withObjects: false,
    mostFailures: 1,
    sink: ears,
    atEnd: (site) => ears.read(site),
  };
  const calm = await makeTrial(trial);
  if (calm.runs.every(({ outcome }) => outcome === 'nothing-to-do')) throw noWork(calm);
  const runs: TestRun[] = [...calm.runs];
  const look = () => {
    const told = ears.told(runs);
    const leaks = findCanaries(made.all, told);
    if (leaks.length > 0) throw new PhiLeakError(leaks);
    return told;
  };
  look();
  const faults = planFaults(calm.steps, FAULTS, 1).values();
  const lane = async () => {
    for (const fault of faults) runs.push(...(await makeTrial({ ...trial, fault })).runs);
  };
  await Promise.all([lane(), lane()]);
  const searched = Object.fromEntries([...look()].map(([sink, texts]) => [sink, texts.length]));
  return { runs: runs.length, searched };
}

/** Hears what a host tells: the same events as lines of JSON and as lines for people, and what is in its tables. */
class Ears implements EventSink {
  readonly #line: (event: HostEvent) => string;
  readonly #console: EventSink;
  readonly #events: string[] = [];
  readonly #shown: string[];
  readonly #records: string[] = [];

  private constructor(line: (event: HostEvent) => string, console: EventSink, shown: string[]) {
    this.#line = line;
    this.#console = console;
    this.#shown = shown;
  }

  static async make(): Promise<Ears> {
    const { Console, eventLine } = await hostParts();
    const shown: string[] = [];
    const screen = new Writable({
      decodeStrings: false,
      write: (text, _encoding, done) => {
        shown.push(String(text));
        done();
      },
    });
    // All that the console needs of a terminal is that it can be written to.
    return new Ears(eventLine, new Console(screen as unknown as NodeJS.WriteStream), shown);
  }

  emit(event: HostEvent): void {
    this.#events.push(this.#line(event));
    this.#console.emit(event);
  }

  async read({ project }: JobSite): Promise<void> {
    const { pool } = project.database;
    const { rows: tables } = await pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname = 'bfd_host' and tablename <> 'checkpoint'`,
    );
    for (const { name } of tables) {
      const { rows } = await pool.query<{ row: string }>(
        `select to_jsonb(t)::text as row from ${name} t`,
      );
      this.#records.push(...rows.map(({ row }) => `${name} ${row}`));
    }
  }

  told(runs: readonly TestRun[]): Map<string, readonly string[]> {
    return new Map([
      ['events', this.#events],
      ['console', this.#shown],
      ['spans', runs.flatMap(({ spans }) => spans.map((span) => JSON.stringify(span)))],
      ['records', this.#records],
    ]);
  }
}
