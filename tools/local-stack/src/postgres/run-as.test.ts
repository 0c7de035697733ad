import { chmodSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  openToOthers,
  postmasterPid,
  startStackUser,
  temporaryHome,
} from '../../../../test/support/stack-users.ts';
import { joinLocalStack } from '../local-stack.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
/** Another user must be able to pass every folder down to this file, which a checkout below /root does not allow. */
const isOpenToOthers = foldersDownTo(import.meta.dirname).every(
  (folder) => (statSync(folder).mode & 0o001) !== 0,
);

describe('whoever runs it', () => {
  it.runIf(isRoot)('may be root in a folder that only root can pass', async () => {
    await using home = temporaryHome();
    chmodSync(join(home.path, '..'), 0o700);

    await using stack = await joinLocalStack({ home: home.path, postgres: true, s3: true });

    expect(await one(stack.postgres?.url, 'select 1 as one')).toBe(1);
    expect(statSync(join(home.path, 'pg18')).uid).toBe(0);
  });

  it.runIf(isRoot && isOpenToOthers)('may be an ordinary user', async () => {
    await using home = temporaryHome(65534);

    const user = await startStackUser({ home: home.path, postgres: true, s3: true, uid: 65534 });

    expect(user.refused).toBeUndefined();
    expect(await one(user.postgres?.url, 'select 1 as one')).toBe(1);
    const client = new S3({
      endpoint: user.s3?.endpoint ?? '',
      region: 'us-east-1',
      forcePathStyle: true,
      ...(user.s3 === undefined ? {} : { credentials: user.s3 }),
    });
    await client.createBucket({ Bucket: 'mine' });
    expect(statSync(join(home.path, 's3/data/mine')).uid).toBe(65534);
    await user.leave();
  });

  it.runIf(isRoot && isOpenToOthers)(
    'may be an ordinary user without a name, as in some containers',
    async () => {
      const nameless = 54_321;
      await using home = temporaryHome(nameless);

      const user = await startStackUser({ home: home.path, postgres: true, uid: nameless });

      expect(user.refused).toBeUndefined();
      expect(await one(user.postgres?.url, 'select 1 as one')).toBe(1);
      await user.leave();
    },
  );

  it.runIf(isRoot && isLinux)(
    'runs as another user where root may not make user namespaces',
    async () => {
      await using own = temporaryHome();
      openToOthers(own.path);
      // A PATH without `unshare` is refused like one that the kernel denies.
      const bin = await mkdtemp(join(tmpdir(), 'bfd-bin-'));
      for (const tool of ['id', 'sh', 'ps']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));

      const user = await startStackUser({ home: own.path, postgres: true, env: { PATH: bin } });

      expect(user.refused).toBeUndefined();
      const status = readFileSync(`/proc/${postmasterPid(own.path)}/status`, 'utf8');
      expect(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])).toBeGreaterThan(0);
      expect(await one(user.postgres?.url, 'select 1 as one')).toBe(1);
      await user.leave();
      await rm(bin, { recursive: true });
    },
  );
});

function foldersDownTo(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...foldersDownTo(parent), folder];
}

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
