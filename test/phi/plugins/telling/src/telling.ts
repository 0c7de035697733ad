// Jobs that end well and tell what they should not, in every way there is.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import v8 from 'node:v8';
import { nothingToDo, type Outcome, type RunContext, safe, workDone } from '@bfd-host/sdk';
import type { Acting } from '../../acting.ts';

export function tellsTheLog({ person, log }: Acting): Outcome {
  const { mbi, surname, given, born, claim, npi, ssn, phone, address, hicn } = person;
  log.info(`loaded ${surname}` as 'x', { rows: 1 });
  log.warn(mbi as 'x');
  log.error('a row is bad', {
    row: person as unknown as number,
    surname: surname as unknown as number,
    [hicn]: 1,
    claim: Number(claim),
    npi: Number(npi),
    ssn: Number(ssn.replaceAll('-', '')),
    born: new Date(born).getTime(),
    name: safe.name(word(surname)),
    spelled: safe.name(`m.${mbi.split('').join('.')}`),
    given: safe.name(word(given)),
    file: safe.file(`${surname}/${born}/${phone}/${mbi.split('').join('-')}.csv`),
    folder: safe.file(`${born.replaceAll('-', '/')}/${ssn}/${address}`),
    moment: safe.timestamp(`${born}T12:00:00Z`),
    day: safe.timestamp(new Date(born)),
  });
  return workDone({ counts: { rows: 1 } });
}

export function logsMadeUpMessage({ person, log }: Acting): Outcome {
  log.info(`no claim of ${person.surname}` as 'x');
  return workDone({ counts: { rows: 1 } });
}

export function logsTextInField({ person, log }: Acting): Outcome {
  log.info('a row is bad', { surname: person.surname as unknown as number });
  return workDone({ counts: { rows: 1 } });
}

export function logsNumberOfPerson({ person, log }: Acting): Outcome {
  log.info('a claim is bad', { claim: Number(person.claim) });
  return workDone({ counts: { rows: 1 } });
}

export function logsMadeUpField({ person, log }: Acting): Outcome {
  log.info('a row is bad', { [person.mbi]: 1, line: 17 });
  return workDone({ counts: { rows: 1 } });
}

export function tellsTheConsole({ person }: Acting): Outcome {
  for (const tell of [console.log, console.info, console.warn, console.error, console.debug]) {
    tell(person);
    tell('%s %o %j', person.mbi, person, person);
  }
  console.dir(person);
  console.table([person]);
  console.trace(person.surname);
  console.assert(false, person.ssn);
  console.group(person.given);
  console.time(person.mbi);
  console.timeEnd(person.mbi);
  console.count(person.hicn);
  process.stdout.write(inspect(person));
  process.stderr.write(JSON.stringify(person));
  return workDone({ counts: { rows: 1 } });
}

export async function tellsInWarnings({ person }: Acting): Promise<Outcome> {
  process.emitWarning(`row of ${person.surname}`, { code: person.mbi, detail: person.ssn });
  process.emitWarning(new Error(person.hicn));
  await delay(1);
  return workDone({ counts: { rows: 1 } });
}

export function tellsInProcessFacts({ person }: Acting): Outcome {
  process.title = `job of ${person.surname}`;
  process.env['PATIENT'] = person.mbi;
  process.argv.push(person.ssn);
  Error.prepareStackTrace = () => person.hicn;
  return workDone({ counts: { rows: 1 } });
}

export async function tellsInProgress({ person }: Acting, ctx: RunContext): Promise<Outcome> {
  ctx.progress({ done: 1, total: 2, unit: person.surname, label: safe.name(word(person.surname)) });
  await delay(600);
  ctx.progress({
    done: 2,
    total: 2,
    unit: 'rows',
    label: safe.file(`${person.surname}-${person.born}.csv`),
  });
  return workDone({ counts: { rows: 2 } });
}

export function tellsInCounts({ person }: Acting): Outcome {
  return workDone({
    counts: { [word(person.surname)]: 1, [person.mbi]: 2, claim: Number(person.claim), rows: 3 },
  });
}

export function tellsInFiles({ person }: Acting, { tempFolder }: RunContext): Outcome {
  writeFileSync(path.join(tempFolder, `${person.surname}.csv`), JSON.stringify(person));
  process.report.writeReport(path.join(tempFolder, `${person.mbi}.json`), new Error(person.ssn));
  v8.writeHeapSnapshot(path.join(tempFolder, `${person.mbi}.heapsnapshot`));
  return workDone({ counts: { rows: 1 } });
}

export function findsNothing({ person }: Acting): Outcome {
  console.log(person);
  return nothingToDo();
}

const word = (text: string) => text.replace(/\W/g, '');
