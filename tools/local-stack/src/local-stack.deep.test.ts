import { S3 } from '@aws-sdk/client-s3';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  postmasterPid,
  type StackUser,
  s3Pid,
  startStackUser,
  temporaryHome,
} from '../../../test/support/stack-users.ts';
import { joinLocalStack } from './local-stack.ts';

const IS_DEEP = process.env['BFD_DEEP'] === '1';
const RUN_MS = 120_000;
const USERS_AT_ONCE = 4;

describe.runIf(IS_DEEP)('a stack whose users and services are killed all the time', () => {
  it('lets everybody in again, and keeps all that was acknowledged', {
    timeout: 300_000,
  }, async () => {
    await using home = temporaryHome();
    const first = await startStackUser({ home: home.path, postgres: true, s3: true });
    await clientOf(first).createBucket({ Bucket: 'kept' });
    await onPostgres(first, 'create table kept (id text primary key)');
    await first.leave();
    const deadline = Date.now() + RUN_MS;
    const inPostgres: string[] = [];
    const inS3: string[] = [];
    let joins = 0;

    const live = async (number: number): Promise<void> => {
      for (let life = 0; Date.now() < deadline; life++) {
        const user = await startStackUser({ home: home.path, postgres: true, s3: true });
        if (user.refused !== undefined) throw new Error(user.refused.message);
        joins++;
        const id = `${number}-${life}`;
        // Either may fail, since the services die under their users; what does not fail must last.
        await Promise.allSettled([
          onPostgres(user, 'insert into kept values ($1)', id).then(() => inPostgres.push(id)),
          clientOf(user)
            .putObject({ Bucket: 'kept', Key: id, Body: id })
            .then(() => inS3.push(id)),
        ]);
        if (Math.random() < 0.1) kill(postmasterPid, home.path);
        if (Math.random() < 0.1) kill(s3Pid, home.path);
        await (Math.random() < 0.5 ? user.kill() : user.leave());
      }
    };
    await Promise.all(Array.from({ length: USERS_AT_ONCE }, (_, number) => live(number)));

    await using stack = await joinLocalStack({ home: home.path, postgres: true, s3: true });
    const { rows } = await onPostgres(stack, 'select id from kept');
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(inPostgres));
    const objects = await keysOf(clientOf(stack));
    expect(objects).toEqual(expect.arrayContaining(inS3));
    console.log(
      `${joins} joins, ${inPostgres.length} rows and ${inS3.length} objects acknowledged`,
    );
  });
});

type Joined = Pick<StackUser, 'postgres' | 's3'>;

function clientOf({ s3 }: Joined): S3 {
  if (s3 === undefined) throw new Error('the stack came without S3');
  const { endpoint, region } = s3;
  return new S3({ endpoint, region, credentials: s3, forcePathStyle: true, maxAttempts: 1 });
}

async function onPostgres({ postgres }: Joined, statement: string, ...values: string[]) {
  const client = new pg.Client({ connectionString: postgres?.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(statement, values);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function keysOf(client: S3): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.listObjectsV2({ Bucket: 'kept', ContinuationToken });
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
}

function kill(pidOf: (home: string) => number, home: string): void {
  try {
    process.kill(pidOf(home), 'SIGKILL');
  } catch {
    // it is down already
  }
}
