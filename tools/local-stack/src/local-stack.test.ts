import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isAlive,
  postmasterPid,
  s3Pid,
  startStackUser,
  type TemporaryHome,
  temporaryHome,
  until,
} from '../../../test/support/stack-users.ts';
import { joinLocalStack } from './local-stack.ts';

const isRoot = process.getuid?.() === 0;

describe('joining a local stack', () => {
  // The two long ones share a home, since each first start costs more than a second.
  let home: TemporaryHome;
  beforeAll(() => {
    home = temporaryHome();
  });
  afterAll(() => home[Symbol.asyncDispose]());

  it('starts the services, lets others adopt them, and stops them when the last one leaves', async () => {
    await using first = await joinLocalStack({ home: home.path, postgres: true, s3: true });
    const postmaster = postmasterPid(home.path);
    const s3 = s3Pid(home.path);
    const second = await startStackUser({ home: home.path, postgres: true, s3: true });

    expect(second.postgres).toEqual(first.postgres);
    expect(second.s3).toEqual(first.s3);
    expect([postmasterPid(home.path), s3Pid(home.path)]).toEqual([postmaster, s3]);
    expect(await one(first.postgres?.url, 'select current_user || current_database() as one')).toBe(
      'bfdbfd',
    );

    await first.leave();
    expect([isAlive(postmaster), isAlive(s3)]).toEqual([true, true]);

    await second.leave();
    expect([isAlive(postmaster), isAlive(s3)]).toEqual([false, false]);
  });

  it('lets a test cut the database short: sessions break, what was committed is there again', async () => {
    await using stack = await joinLocalStack({ home: home.path, postgres: true, s3: false });
    const before = postmasterPid(home.path);
    const session = new pg.Client({ connectionString: stack.postgres?.url });
    const broken = new Promise((resolve) => session.on('error', resolve));
    await session.connect();
    await session.query('create table kept as select 42 as one');

    await stack.restartPostgres();

    await broken;
    expect(postmasterPid(home.path)).not.toBe(before);
    expect(await one(stack.postgres?.url, 'select one from kept')).toBe(42);
  });

  it('starts only what is asked for, and stops what nobody uses any more', async () => {
    await using home = temporaryHome();

    await using onlyS3 = await joinLocalStack({ home: home.path, postgres: false, s3: true });
    expect(onlyS3.postgres).toBeUndefined();
    expect(existsSync(join(home.path, 'pg18'))).toBe(false);

    const s3 = s3Pid(home.path);
    await using nothing = await joinLocalStack({ home: home.path, postgres: false, s3: false });
    await onlyS3.leave();
    expect(isAlive(s3)).toBe(false);
    await nothing.leave();
  });

  it('gives the same addresses again after a stop, and keeps its folder to its owner', async () => {
    await using home = temporaryHome();
    const first = await joinLocalStack({ home: home.path, postgres: false, s3: true });
    await first.leave();

    await using second = await joinLocalStack({ home: home.path, postgres: false, s3: true });

    expect(second.s3).toEqual(first.s3);
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
    expect(statSync(join(home.path, 'local-stack.json')).mode & 0o777).toBe(0o600);
  });

  it('takes another port when a stranger has taken the remembered one', async () => {
    await using home = temporaryHome();
    const before = await joinLocalStack({ home: home.path, postgres: false, s3: true });
    await before.leave();
    const port = Number(new URL(before.s3?.endpoint ?? '').port);
    const stranger = createServer().listen(port, '127.0.0.1');

    await using after = await joinLocalStack({ home: home.path, postgres: false, s3: true });

    expect(after.s3?.endpoint).not.toBe(before.s3?.endpoint);
    stranger.close();
  });

  it('is safe when several processes do it first, at once', async () => {
    await using home = temporaryHome();

    const users = await Promise.all(
      [1, 2, 3].map(() => startStackUser({ home: home.path, postgres: true, s3: true })),
    );

    expect(users.map(({ postgres, s3 }) => ({ postgres, s3 }))).toEqual(
      users.map(() => ({ postgres: users[0]?.postgres, s3: users[0]?.s3 })),
    );
    expect(await one(users[2]?.postgres?.url, 'select 1 as one')).toBe(1);
    const pids = [postmasterPid(home.path), s3Pid(home.path)];
    await Promise.all(users.map((user) => user.leave()));
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('begins anew after the first start was killed half way', async () => {
    await using home = temporaryHome();
    const starting = startStackUser({ home: home.path, postgres: true }).catch(() => undefined);
    const stateFile = join(home.path, 'local-stack.json');
    const isStarting = () =>
      existsSync(stateFile) && readFileSync(stateFile, 'utf8').includes('pg18');
    await until(isStarting);
    const { users } = JSON.parse(readFileSync(stateFile, 'utf8'));
    process.kill(users[0].pid, 'SIGKILL');
    await starting;

    await using stack = await joinLocalStack({ home: home.path, postgres: true, s3: false });

    expect(await one(stack.postgres?.url, 'select 1 as one')).toBe(1);
  });

  it('strikes off a user that was killed', async () => {
    await using home = temporaryHome();
    const killed = await startStackUser({ home: home.path, s3: true });
    const s3 = s3Pid(home.path);
    await killed.kill();
    expect(isAlive(s3)).toBe(true);

    await using next = await joinLocalStack({ home: home.path, postgres: false, s3: true });
    expect(s3Pid(home.path)).toBe(s3);
    await next.leave();

    expect(isAlive(s3)).toBe(false);
  });

  it('leaves the services alone when the terminal of a user sends Ctrl-C', async () => {
    const user = await startStackUser({
      home: home.path,
      postgres: true,
      s3: true,
      detached: true,
    });
    const pids = [postmasterPid(home.path), s3Pid(home.path)];

    process.kill(-user.pid, 'SIGINT'); // to the whole group, as a terminal does
    await until(() => !isAlive(user.pid));

    expect(pids.map(isAlive)).toEqual([true, true]);
    await using next = await joinLocalStack({ home: home.path, postgres: true, s3: true });
    expect(next.postgres).toEqual(user.postgres);
  });

  it('takes a copied folder for a stack of its own', async () => {
    await using home = temporaryHome();
    await using copy = temporaryHome();
    await using stack = await joinLocalStack({ home: home.path, postgres: false, s3: true });
    await cp(home.path, copy.path, { recursive: true });

    const other = await joinLocalStack({ home: copy.path, postgres: false, s3: true });
    expect(s3Pid(copy.path)).not.toBe(s3Pid(home.path));
    await other.leave();

    expect(isAlive(s3Pid(home.path))).toBe(true);
    await stack.leave();
  });

  it('can be given up, and then leaves nothing running', async () => {
    await using home = temporaryHome();
    const giveUp = new AbortController();
    const joining = joinLocalStack({
      home: home.path,
      postgres: true,
      s3: false,
      signal: giveUp.signal,
    });
    await until(() => existsSync(join(home.path, 'local-stack.json')));

    giveUp.abort(new Error('no more'));

    await expect(joining).rejects.toThrow('no more');
    expect(JSON.parse(readFileSync(join(home.path, 'local-stack.json'), 'utf8')).users).toEqual([]);
    expect(readdirSync(home.path).filter((name) => name.startsWith('pg'))).toEqual([]);
  });
});

describe('a home folder that cannot be used', () => {
  it('is refused when it is of another user', async () => {
    await using home = temporaryHome();
    mkdirSync(home.path);
    if (isRoot) chownSync(home.path, 65534, 65534);

    const joining = joinLocalStack({
      home: isRoot ? home.path : '/usr',
      postgres: true,
      s3: true,
    });

    await expect(joining).rejects.toMatchObject({
      code: 'BFD_LOCAL_STACK_OWNER',
      message: expect.stringMatching(
        /belongs to user \d+, and this process runs as user \d+\. Run as/,
      ),
    });
  });

  it('is refused when it is a file', async () => {
    await using home = temporaryHome();
    writeFileSync(home.path, '');

    const joining = joinLocalStack({ home: home.path, postgres: true, s3: true });

    await expect(joining).rejects.toMatchObject({ code: 'BFD_LOCAL_STACK_HOME' });
  });

  it('is refused when its state is not readable as one', async () => {
    await using home = temporaryHome();
    mkdirSync(home.path, { mode: 0o700 });
    writeFileSync(join(home.path, 'local-stack.json'), '{ "version": 2, "users": [] }');

    const joining = joinLocalStack({ home: home.path, postgres: true, s3: true });

    await expect(joining).rejects.toMatchObject({ code: 'BFD_LOCAL_STACK_STATE' });
  });
});

async function one(url: string | undefined, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(statement);
    return rows[0]?.one;
  } finally {
    await client.end();
  }
}
