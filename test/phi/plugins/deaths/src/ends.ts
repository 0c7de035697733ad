// Ways in which the process of a job ends before its run does.

import { writeSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import v8 from 'node:v8';
import { JobError, nothingToDo, type Outcome, type RunContext } from '@bfd-host/sdk';
import type { Acting } from '../../acting.ts';

const LONG_MS = 60_000;

export async function rejectionUnhandled({ person }: Acting): Promise<Outcome> {
  void Promise.reject(new RangeError(`row of ${person.surname}`, { cause: person }));
  await delay(LONG_MS);
  return nothingToDo();
}

export async function thrownInTimer({ person }: Acting): Promise<Outcome> {
  setTimeout(() => {
    throw Object.assign(new TypeError(person.mbi), { row: person });
  }, 1);
  await delay(LONG_MS);
  return nothingToDo();
}

export async function jobErrorInTimer({ person }: Acting): Promise<Outcome> {
  setTimeout(() => {
    throw new JobError(
      'PHI_TIMER',
      'A timer found the file gone. Upload it again.',
      {},
      {
        cause: new Error(person.mbi),
      },
    );
  }, 1);
  await delay(LONG_MS);
  return nothingToDo();
}

export function exits({ person }: Acting): Outcome {
  console.error(person);
  return process.exit(person.mbi.length);
}

export function aborts({ person }: Acting): Outcome {
  leaveReports();
  console.error(person);
  return process.abort();
}

export async function crashesNatively({ person }: Acting): Promise<Outcome> {
  leaveReports();
  console.error(person);
  process.kill(process.pid, 'SIGSEGV');
  await delay(LONG_MS);
  return nothingToDo();
}

export async function fillsHeap({ person }: Acting): Promise<Outcome> {
  leaveReports();
  const kept: unknown[] = [];
  for (;;) {
    kept.push({ ...person, row: `${person.surname} ${kept.length}` });
    // It must not be taken for one that blocks.
    if (kept.length % 1000 === 0) await delay(0);
  }
}

export function snapshotBeforeTheEnd({ person }: Acting): Outcome {
  v8.setHeapSnapshotNearHeapLimit(1);
  return person.mbi === '' ? nothingToDo() : process.abort();
}

export async function fillsBuffers({ person }: Acting): Promise<Outcome> {
  const kept: Buffer[] = [];
  for (;;) {
    kept.push(Buffer.alloc(16 << 20, person.mbi));
    await delay(1);
  }
}

export async function floodsOutput({ person }: Acting): Promise<Outcome> {
  for (let line = 0; line < LONG_MS; line++) {
    process.stdout.write(`${JSON.stringify(person).repeat(100)}\n`);
    await delay(0);
  }
  return nothingToDo();
}

export function blocksForEver({ person, log }: Acting): Outcome {
  log.info('the loop begins', {});
  for (let turns = 0; ; turns = (turns + 1) % 1000) if (person.mbi.length < 0) return nothingToDo();
}

export async function garbageOnChannel({ person }: Acting): Promise<Outcome> {
  say(`${person.mbi} ${person.surname}\n`);
  await delay(LONG_MS);
  return nothingToDo();
}

export async function forgedLog({ person }: Acting, { runId }: RunContext): Promise<Outcome> {
  sayMessage({ type: 'log', runId, level: 'info', message: person.surname, fields: [] });
  await delay(LONG_MS);
  return nothingToDo();
}

export async function forgedError({ person }: Acting, { runId }: RunContext): Promise<Outcome> {
  const sql = { state: '23505', table: person.surname, constraint: person.mbi };
  sayMessage({ type: 'failed', runId, error: { source: 'sql', sql }, isIdle: true });
  await delay(LONG_MS);
  return nothingToDo();
}

export async function forgedCount({ person }: Acting, { runId }: RunContext): Promise<Outcome> {
  const outcome = { kind: 'work-done', counts: [[person.surname, 1]] };
  sayMessage({ type: 'result', runId, outcome, isIdle: true });
  await delay(LONG_MS);
  return nothingToDo();
}

export async function forgedSpan({ person }: Acting, { runId }: RunContext): Promise<Outcome> {
  const span = {
    traceId: '0'.repeat(32),
    spanId: '0'.repeat(16),
    name: 'job.item',
    kind: 0,
    startUnixMs: 0,
    endUnixMs: 1,
    isError: false,
    attributes: { 'db.query.text': person.surname },
  };
  sayMessage({ type: 'spans', runId, spans: [span] });
  await delay(LONG_MS);
  return nothingToDo();
}

export async function runsTooLong({ person }: Acting, { signal }: RunContext): Promise<Outcome> {
  await delay(LONG_MS, undefined, { signal }).catch(() => {
    throw new Error(person.surname);
  });
  return nothingToDo();
}

export async function ignoresItsTime({ person }: Acting): Promise<Outcome> {
  console.log(person);
  await delay(LONG_MS);
  return nothingToDo();
}

export async function ignoresBeingStopped({ person }: Acting, ctx: RunContext): Promise<Outcome> {
  ctx.workStarts();
  console.log(person);
  await delay(10 * LONG_MS);
  return nothingToDo();
}

/** Has Node write down what it was doing when it dies. */
function leaveReports(): void {
  process.report.reportOnFatalError = true;
  process.report.reportOnUncaughtException = true;
  process.report.directory = process.env['TMPDIR'] ?? '';
}

const sayMessage = (message: object): void => say(`${JSON.stringify(message)}\n`);

function say(text: string): void {
  writeSync(3, text);
}
