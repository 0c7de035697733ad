// Statements that are wrong themselves, with values pasted into them, and connections that are not to be had.

import { nothingToDo, type Outcome, type RunContext } from '@bfd-host/sdk';
import type { Acting, WithDatabase } from '../../acting.ts';

type Job = Acting & WithDatabase;

export async function syntaxError({ db, person }: Job): Promise<Outcome> {
  await db.query(`selct * from phi.member where surname = '${person.surname}'`);
  return nothingToDo();
}

export async function unescapedName({ db, person }: Job): Promise<Outcome> {
  await db.query(`select * from phi.member where surname = ${person.surname}`);
  return nothingToDo();
}

export async function missingTable({ db, person }: Job): Promise<Outcome> {
  await db.query(`select * from phi.members where mbi = '${person.mbi}'`);
  return nothingToDo();
}

export async function missingTableOfPerson({ db, person }: Job): Promise<Outcome> {
  await db.query(`select * from phi."${person.surname}"`);
  return nothingToDo();
}

export async function missingColumn({ db, person }: Job): Promise<Outcome> {
  await db.query('select member.surnme from phi.member where mbi = $1', [person.mbi]);
  return nothingToDo();
}

export async function missingFunction({ db, person }: Job): Promise<Outcome> {
  await db.query('select phi.hash_of($1::text)', [person.ssn]);
  return nothingToDo();
}

export async function missingSchema({ db, person }: Job): Promise<Outcome> {
  await db.query(`create table rdaa.claim as select '${person.claim}' as claim`);
  return nothingToDo();
}

export async function tableThere({ db, person }: Job): Promise<Outcome> {
  await db.query(`create table phi.member as select '${person.claim}' as claim`);
  return nothingToDo();
}

export async function ambiguousColumn({ db, person }: Job): Promise<Outcome> {
  await db.query('select mbi from phi.member, phi.claim where surname = $1', [person.surname]);
  return nothingToDo();
}

export async function typeMismatch({ db, person }: Job): Promise<Outcome> {
  await db.query(`update phi.member set born = '${person.given}'::text`);
  return nothingToDo();
}

export async function tooFewParameters({ db, person }: Job): Promise<Outcome> {
  await db.query('select * from phi.member where mbi = $1 and ssn = $2', [person.mbi]);
  return nothingToDo();
}

export async function severalRows({ db, person }: Job): Promise<Outcome> {
  await db.query('select (select surname from phi.member) = $1', [person.surname]);
  return nothingToDo();
}

export async function upsertTwice({ db, person }: Job): Promise<Outcome> {
  await db.query(
    `insert into phi.claim (claim) values ($1), ($1)
     on conflict (claim) do update set amount = 1`,
    [person.claim],
  );
  return nothingToDo();
}

export async function preparedNameTaken({ db, person }: Job): Promise<Outcome> {
  const client = await db.connect();
  try {
    const name = `find ${person.surname} ${person.mbi}`;
    await client.query({ name, text: 'select 1' });
    await client.query({ name, text: 'select 2' });
  } finally {
    client.release();
  }
  return nothingToDo();
}

export async function noRight({ db, person }: Job): Promise<Outcome> {
  await db.query(`select rolpassword from pg_authid where rolname = '${person.mbi}'`);
  return nothingToDo();
}

export async function readOnly({ db, person }: Job): Promise<Outcome> {
  await db.query(`begin read only; delete from phi.member where mbi = '${person.mbi}'; commit`);
  return nothingToDo();
}

export async function statementTimeout({ db, person }: Job): Promise<Outcome> {
  await db.query(`set statement_timeout = 20; select pg_sleep(10), '${person.mbi}'`);
  return nothingToDo();
}

export async function lockTimeout({ db, person }: Job): Promise<Outcome> {
  const [one, other] = [await db.connect(), await db.connect()];
  try {
    await one.query('begin; lock table phi.locked');
    await other.query(`set lock_timeout = 20; select '${person.mbi}' from phi.locked`);
  } finally {
    one.release(true);
    other.release(true);
  }
  return nothingToDo();
}

export async function deadlock({ db, person }: Job): Promise<Outcome> {
  const [one, other] = [await db.connect(), await db.connect()];
  const note = (client: typeof one, id: number) =>
    client.query('update phi.pair set note = $1 where id = $2', [person.surname, id]);
  try {
    await one.query('begin');
    await other.query('begin');
    await note(one, 1);
    await note(other, 2);
    await Promise.all([note(one, 2), note(other, 1)]);
  } finally {
    one.release(true);
    other.release(true);
  }
  return nothingToDo();
}

export async function serializationFailure({ db, person }: Job): Promise<Outcome> {
  const [one, other] = [await db.connect(), await db.connect()];
  const note = (client: typeof one) =>
    client.query('update phi.locked set note = $1', [person.surname]);
  try {
    await one.query('begin isolation level repeatable read; select * from phi.pair');
    await other.query('update phi.pair set note = $1 where id = 3', [person.given]);
    await one.query('update phi.pair set note = $1 where id = 3', [person.surname]);
    await note(one);
  } finally {
    one.release(true);
    other.release(true);
  }
  return nothingToDo();
}

export async function sessionEnded({ db, person }: Job): Promise<Outcome> {
  await db.query(`select pg_terminate_backend(pg_backend_pid()), '${person.mbi}'`);
  return nothingToDo();
}

export async function connectionLost({ db, person }: Job): Promise<Outcome> {
  const client = await db.connect();
  const sleeping = client.query(`select pg_sleep(30), '${person.mbi}'`);
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
  await sleeping;
  return nothingToDo();
}

export async function poolEnded({ db, person }: Job): Promise<Outcome> {
  await db.end();
  await db.query('select $1', [person.mbi]);
  return nothingToDo();
}

export async function swallowedInTransaction(
  { db, person }: Job,
  ctx: RunContext,
): Promise<Outcome> {
  await ctx.transaction(async (tx) => {
    await tx.query('select $1::date', [person.surname]).catch(() => {});
  });
  await db.query('select 1');
  return nothingToDo();
}

export async function commitInTransaction({ person }: Job, ctx: RunContext): Promise<Outcome> {
  await ctx.transaction(async (tx) => {
    await tx.query(`commit; select '${person.mbi}'`);
  });
  return nothingToDo();
}

export async function largeCheckpoint({ person }: Job, ctx: RunContext): Promise<Outcome> {
  await ctx.checkpoint('last', person.mbi.repeat(10_000));
  return nothingToDo();
}

export async function longCheckpointKey({ person }: Job, ctx: RunContext): Promise<Outcome> {
  await ctx.checkpoint(person.mbi.repeat(100), 1);
  return nothingToDo();
}
