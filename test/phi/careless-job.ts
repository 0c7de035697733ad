// How a job is often written: with plain `pg`, and errors handed to whatever takes them. A program of its own, run by the
// control; it shows what the other tests would find if nothing held it back.

import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import pg from 'pg';

const [url = '', folder = '', mbi = '', surname = ''] = process.argv.slice(2);
const client = new pg.Client(url);
await client.connect();
try {
  await client.query('insert into phi.member (mbi, ssn, surname, born) values ($1, $2, $3, $4)', [
    ...[mbi, 'new', surname, '1950-01-01'],
  ]);
} catch (error) {
  console.error(error);
  console.log(JSON.stringify({ time: new Date(), level: 'error', error }));
  const { message, detail } = error as pg.DatabaseError;
  appendFileSync(path.join(folder, 'job.log'), `${message}: ${detail}\n`);
  mkdirSync(path.join(folder, 'tmp'));
  appendFileSync(path.join(folder, 'tmp/refused.csv'), `${mbi},${surname}\n`);
  process.report.writeReport(path.join(folder, `crash of ${surname}.json`), error as Error);
  // As a parent process would be told.
  process.stdout.write(`${JSON.stringify({ message, detail })}\n`);
} finally {
  await client.end();
}
