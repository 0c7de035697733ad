// The same through what the database keeps, hears and is asked.

import { type Outcome, type RunContext, workDone } from '@bfd-host/sdk';
import type { Acting, WithDatabase } from '../../acting.ts';

export async function tellsInCheckpoints({ person }: Acting, ctx: RunContext): Promise<Outcome> {
  await ctx.checkpoint(`last ${person.surname}`, { ...person });
  await ctx.transaction((tx) => tx.checkpoint(person.mbi, person.hicn));
  return workDone({ counts: { rows: 1 } });
}

export async function tellsInItems({ person }: Acting, ctx: RunContext): Promise<Outcome> {
  const { done, failed } = await ctx.forEach([{ ...person }, person.mbi, person.surname]);
  return workDone({ counts: { done, failed: failed.length } });
}

/** Its settings have `"fanOut": true`. */
export async function tellsInSpreadItems(job: Acting, ctx: RunContext): Promise<Outcome> {
  return tellsInItems(job, ctx);
}

export async function tellsInStatements({ db, person }: Acting & WithDatabase): Promise<Outcome> {
  const { mbi, surname, given, ssn, born } = person;
  await db.query(`select '${mbi}' /* ${surname} */ as "${given}"`);
  await db.query(`/* ${ssn} */ select 'taken from ${surname.replace(/\W/g, '')}', '${born}'::date`);
  await db.query({ name: `of ${surname}`, text: 'select $1::text', values: [mbi] });
  await db.query(`with "${surname}" as (select 1) select * from "${surname}"`);
  await db.query(`do $$ begin raise notice '% of %', '${mbi}', '${ssn}'; end $$`);
  await db.query(`do $$ begin raise warning using message = '${mbi}', hint = '${ssn}'; end $$`);
  return workDone({ counts: { rows: 1 } });
}

export async function tellsInSessions({ db, person }: Acting & WithDatabase): Promise<Outcome> {
  const client = await db.connect();
  try {
    await client.query(`set application_name = '${person.mbi}'`);
    await client.query(`select set_config('phi.person', $1, false)`, [person.surname]);
    await client.query('select pg_notify($1, $2)', ['bfd_host', JSON.stringify(person)]);
    await client.query('select pg_notify($1, $2)', ['phi', person.mbi]);
    await client.query(`select pg_advisory_lock(${person.npi})`);
  } finally {
    client.release();
  }
  return workDone({ counts: { rows: 1 } });
}
