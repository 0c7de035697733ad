// Rows that the database refuses: its errors hold their values in message, detail, where and hint.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { nothingToDo, type Outcome } from '@bfd-host/sdk';
import { from as copyFrom } from 'pg-copy-streams';
import type { Acting, Person, WithDatabase } from '../../acting.ts';

type Job = Acting & WithDatabase;

const ADD = 'insert into phi.member (mbi, ssn, surname, born, address) values ($1, $2, $3, $4, $5)';

const add = ({ db }: Job, { mbi, ssn, surname, born, address }: Partial<Person>) =>
  db.query(ADD, [mbi, ssn, surname, born, address]);

export async function uniqueViolation(job: Job): Promise<Outcome> {
  await add(job, job.person);
  return nothingToDo();
}

export async function notNullViolation(job: Job): Promise<Outcome> {
  const { surname: _, ...nameless } = job.person;
  await add(job, { ...nameless, mbi: 'NEW', ssn: `${job.person.ssn}x` });
  return nothingToDo();
}

export async function checkViolation(job: Job): Promise<Outcome> {
  const { person } = job;
  await add(job, { ...person, mbi: 'NEW', ssn: person.address, born: '1066-10-14' });
  return nothingToDo();
}

export async function foreignKeyViolation({ db, person }: Job): Promise<Outcome> {
  await db.query('insert into phi.claim (claim, mbi) values ($1, $2)', [person.claim, person.npi]);
  return nothingToDo();
}

export async function referredRow({ db, person }: Job): Promise<Outcome> {
  await db.query('insert into phi.claim (claim, mbi) values ($1, $2)', [person.claim, person.mbi]);
  await db.query('delete from phi.member where mbi = $1', [person.mbi]);
  return nothingToDo();
}

export async function exclusionViolation({ db, person }: Job): Promise<Outcome> {
  const add = 'insert into phi.stay (mbi, days) values ($1, daterange($2, null))';
  await db.query(add, [person.mbi, person.born]);
  await db.query(add, [person.mbi, person.born]);
  return nothingToDo();
}

export async function domainViolation({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::phi.identifier', [person.address]);
  return nothingToDo();
}

export async function enumValue({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::phi.sex', [person.given]);
  return nothingToDo();
}

export async function badDate({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::date', [person.surname]);
  return nothingToDo();
}

export async function dateOutOfRange({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::date', [person.born.replace(/-\d\d-/, '-13-')]);
  return nothingToDo();
}

export async function badInteger({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::integer', [person.mbi]);
  return nothingToDo();
}

export async function numberOutOfRange({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::integer', [person.claim]);
  return nothingToDo();
}

export async function numericOverflow({ db, person }: Job): Promise<Outcome> {
  await db.query('update phi.claim set amount = $1', [person.npi]);
  await db.query('insert into phi.claim (claim, amount) values ($1, $2)', [
    person.claim,
    person.npi,
  ]);
  return nothingToDo();
}

export async function badUuid({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::uuid', [person.hicn]);
  return nothingToDo();
}

export async function badJson({ db, person }: Job): Promise<Outcome> {
  await db.query('insert into phi.claim (claim, note) values ($1, $2)', [
    person.claim,
    `{"surname": "${person.surname}", born: ${person.born}}`,
  ]);
  return nothingToDo();
}

export async function textTooLong({ db, person }: Job): Promise<Outcome> {
  await db.query('update phi.member set mbi = $1 where mbi = $2', [person.address, person.mbi]);
  return nothingToDo();
}

export async function zeroByte({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1::text', [`${person.surname}\0${person.given}`]);
  return nothingToDo();
}

export async function badRegularExpression({ db, person }: Job): Promise<Outcome> {
  await db.query('select $1 ~ $2', [person.mbi, `(${person.phone}`]);
  return nothingToDo();
}

export async function divisionInFunction({ db, person }: Job): Promise<Outcome> {
  await db.query('select phi.share_of($1)', [person.surname]);
  return nothingToDo();
}

export async function raisedWithValues({ db, person }: Job): Promise<Outcome> {
  await db.query('select phi.refuse($1)', [person.mbi]);
  return nothingToDo();
}

export async function raisedWithNames({ db, person }: Job): Promise<Outcome> {
  await db.query('select phi.refuse_by_name($1)', [person.mbi]);
  return nothingToDo();
}

export async function raisedWithOwnState({ db, person }: Job): Promise<Outcome> {
  await db.query('select phi.refuse_with_state($1, $2)', [person.mbi, person.ssn.slice(-4)]);
  return nothingToDo();
}

export async function triggerThatRefuses({ db, person }: Job): Promise<Outcome> {
  await db.query('update phi.member set phone = $1 where mbi = $2', [person.phone, person.mbi]);
  return nothingToDo();
}

export async function badDateInCopy({ db, person }: Job): Promise<Outcome> {
  return copied({ db, person }, [
    ['A1', person.ssn, 'x', '1950-01-01'],
    ['A2', person.hicn, person.surname, person.address],
  ]);
}

export async function badLineInCopy({ db, person }: Job): Promise<Outcome> {
  return copied({ db, person }, [
    ['B1', person.ssn, person.surname, person.born, person.address, person.phone],
  ]);
}

export async function uniqueInCopy({ db, person }: Job): Promise<Outcome> {
  return copied({ db, person }, [
    ['C1', person.hicn, person.surname, person.born],
    [person.mbi, person.npi, person.surname, person.born],
  ]);
}

async function copied(
  { db }: WithDatabase & { person: Person },
  rows: readonly (readonly string[])[],
): Promise<Outcome> {
  const client = await db.connect();
  try {
    const text = rows.map((row) => `${row.join('\t')}\n`);
    const sink = client.query(copyFrom('copy phi.member (mbi, ssn, surname, born) from stdin'));
    await pipeline(Readable.from(text), sink);
  } finally {
    client.release();
  }
  return nothingToDo();
}

export async function namesOfPeople({ db, person }: Job): Promise<Outcome> {
  const { surname, given, mbi } = person;
  const table = `phi."${surname}"`;
  await db.query(
    `create table ${table} ("${given}" text constraint "${mbi} of ${surname}" check ("${given}" <> $$${given}$$))`,
  );
  await db.query(`insert into ${table} values ($1)`, [given]);
  return nothingToDo();
}

export async function largeIndexRow({ db, person }: Job): Promise<Outcome> {
  let noise = person.surname;
  while (noise.length < 30_000) noise += `${person.mbi}${Math.sin(noise.length)}`;
  await db.query('insert into phi.member (mbi, ssn, surname, born) values ($1, $2, $3, $4)', [
    'LONG',
    noise,
    person.surname,
    person.born,
  ]);
  return nothingToDo();
}
