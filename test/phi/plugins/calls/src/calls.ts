// Calls to Node.js and to the host that are refused, and name in their errors what they were given.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nothingToDo, type Outcome, type RunContext, z } from '@bfd-host/sdk';
import type { Acting } from '../../acting.ts';

export function missingFile({ person }: Acting, { tempFolder }: RunContext): Outcome {
  readFileSync(path.join(tempFolder, `${person.surname}-${person.mbi}.csv`));
  return nothingToDo();
}

export function fileThatIsAFolder({ person }: Acting, { tempFolder }: RunContext): Outcome {
  writeFileSync(path.join(tempFolder, person.mbi), person.surname);
  readFileSync(path.join(tempFolder, person.mbi, person.given));
  return nothingToDo();
}

export function fileNotPermitted({ person }: Acting): Outcome {
  readFileSync(`/etc/${person.surname}/${person.mbi}`);
  return nothingToDo();
}

export async function connectionNotPermitted({ person }: Acting): Promise<Outcome> {
  await fetch(`http://127.0.0.1:18080/members/${person.mbi}?name=${person.surname}`);
  return nothingToDo();
}

export async function programNotPermitted({ person }: Acting): Promise<Outcome> {
  const { execFileSync } = await import('node:child_process');
  execFileSync('/bin/echo', [person.mbi]);
  return nothingToDo();
}

export function badUrl({ person }: Acting): Outcome {
  new URL(`${person.surname}:${person.mbi}`, person.address);
  return nothingToDo();
}

export function badArgument({ person }: Acting): Outcome {
  Buffer.from(Number(person.claim) as unknown as string);
  return nothingToDo();
}

export function failedAssertion({ person }: Acting): Outcome {
  assert.deepEqual(person, { mbi: person.surname });
  return nothingToDo();
}

export function failedParse({ person }: Acting): Outcome {
  z.object({ born: z.iso.datetime(), mbi: z.literal(person.surname) }).parse(person);
  return nothingToDo();
}

export function failedJson({ person }: Acting): Outcome {
  JSON.parse(`{"mbi": ${person.mbi}}`);
  return nothingToDo();
}

export function failedClone({ person }: Acting): Outcome {
  structuredClone({ [person.surname]: () => person.mbi, person });
  return nothingToDo();
}

export function failedBigInt({ person }: Acting): Outcome {
  BigInt(person.mbi);
  return nothingToDo();
}

export function failedTimeZone({ person }: Acting): Outcome {
  new Date().toLocaleString('en', { timeZone: person.surname });
  return nothingToDo();
}

export function abortedByItself({ person }: Acting): Outcome {
  AbortSignal.abort(new Error(person.surname)).throwIfAborted();
  return nothingToDo();
}

export function noOutcome({ person }: Acting): Outcome {
  return { kind: person.surname, counts: person } as unknown as Outcome;
}

export function outcomeOfPerson({ person }: Acting): Outcome {
  return { kind: 'work-done', counts: {}, version: person.ssn.replaceAll('-', '.') } as Outcome;
}

export async function itemsWithoutMethod({ person }: Acting, ctx: RunContext): Promise<Outcome> {
  await ctx.forEach([{ ...person }]);
  return nothingToDo();
}

export async function checkpointWithoutDatabase(
  { person }: Acting,
  ctx: RunContext,
): Promise<Outcome> {
  await ctx.checkpoint(person.mbi, person.surname);
  return nothingToDo();
}

export async function uploadWithoutObjects({ person }: Acting, ctx: RunContext): Promise<Outcome> {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(person.mbi);
  }
  await ctx.upload(person.surname, person.mbi, body());
  return nothingToDo();
}
