import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Staging } from './staging.ts';

const RUNTIME = { kind: 'unbundled', entry: '/nowhere/main.js', readable: [] } as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'staging-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the folder from which jobs run', () => {
  it('removes what dead hosts left, and nothing of living ones', async () => {
    const parent = path.join(folder, 'remains');
    const dead = path.join(parent, 'job-processes-1-dead');
    await mkdir(dead, { recursive: true });
    // 4,194,304 is the highest pid Linux gives.
    await writeFile(path.join(dead, 'owner.json'), JSON.stringify({ pid: 4_194_305 }));
    const first = await Staging.open(parent, RUNTIME, false);
    const second = await Staging.open(parent, RUNTIME, false);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(first.folder)).toBe(true);
    await first.close();
    await second.close();
    expect(await readdir(parent)).toEqual([]);
  });

  it('removes a folder that was never finished, once it is old', async () => {
    const parent = path.join(folder, 'unfinished');
    const young = path.join(parent, 'job-processes-2-young');
    const old = path.join(parent, 'job-processes-3-old');
    for (const made of [young, old]) await mkdir(made, { recursive: true });
    const before = new Date(Date.now() - 3_600_000);
    await utimes(old, before, before);
    const staging = await Staging.open(parent, RUNTIME, false);
    expect(existsSync(young)).toBe(true);
    expect(existsSync(old)).toBe(false);
    await staging.close();
  });
});

describe('certificates of a database URL', () => {
  it('are copied to where a job can read them', async () => {
    const certificate = path.join(folder, 'root.crt');
    await writeFile(certificate, 'a certificate');
    const staging = await Staging.open(path.join(folder, 'tls'), RUNTIME, false);
    const { url, files } = await staging.databaseUrl(
      `postgresql://bfd@db/bfd?sslmode=verify-full&sslrootcert=${certificate}`,
      undefined,
    );
    const copy = new URL(url).searchParams.get('sslrootcert') ?? '';
    expect(files).toEqual([copy]);
    expect(readFileSync(copy, 'utf8')).toBe('a certificate');
    await staging.close();
  });

  it('are told by parameter when they cannot be read', async () => {
    const staging = await Staging.open(path.join(folder, 'tls'), RUNTIME, false);
    const url = 'postgresql://bfd@db/bfd?sslkey=/nowhere/client.key';
    await expect(staging.databaseUrl(url, undefined)).rejects.toMatchObject({
      problem: 'certificate',
      file: 'sslkey',
    });
    await staging.close();
  });

  it('leave a URL without them as it is', async () => {
    const staging = await Staging.open(path.join(folder, 'tls'), RUNTIME, false);
    const url = 'postgresql:///bfd?host=/var/run/postgresql';
    expect(await staging.databaseUrl(url, undefined)).toEqual({ url, files: [] });
    await staging.close();
  });
});
