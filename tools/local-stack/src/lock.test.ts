import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/stack-users.ts';
import { withLock } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bfd-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a lock file', () => {
  it('lets one at a time do its work', async () => {
    const path = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(5);
      inside--;
    };

    await Promise.all(Array.from({ length: 8 }, () => withLock(path, { waitMs: 20_000 }, work)));

    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is free again when the work fails', async () => {
    const path = join(folder, 'lock');
    const failing = withLock(path, { waitMs: 0 }, async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');

    expect(await withLock(path, { waitMs: 0 }, async () => 'done')).toBe('done');
  });

  it('names the process that keeps it for too long', async () => {
    const path = join(folder, 'lock');
    const waiting = withLock(path, { waitMs: 10_000 }, () =>
      withLock(path, { waitMs: 30 }, async () => undefined),
    );

    await expect(waiting).rejects.toMatchObject({
      code: 'BFD_LOCAL_STACK_BUSY',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it('stops waiting when told to', async () => {
    const path = join(folder, 'lock');
    const signal = AbortSignal.timeout(30);
    const waiting = withLock(path, { waitMs: 10_000 }, () =>
      withLock(path, { waitMs: 10_000, signal }, async () => undefined),
    );

    await expect(waiting).rejects.toThrow(/abort/i);
  });

  it('is taken over from a killed owner by exactly one of those who wait', async () => {
    const path = join(folder, 'lock');
    const journal = join(folder, 'journal');
    await writeFile(journal, '');
    const owner = holder(path, journal, 'hold');
    await until(() => existsSync(path));
    const waiting = [1, 2, 3].map(() => once(holder(path, journal, 'pass'), 'exit'));

    owner.kill('SIGKILL');
    await Promise.all(waiting);

    expect(await readFile(journal, 'utf8')).toBe('in\nout\n'.repeat(3));
  });

  it('is taken over when its file is no owner at all', async () => {
    const path = join(folder, 'lock');
    await appendFile(path, 'half a li');

    expect(await withLock(path, { waitMs: 0 }, async () => 'done')).toBe('done');
  });
});

function holder(path: string, journal: string, how: 'hold' | 'pass') {
  const program = `
    const { withLock } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)});
    const { appendFileSync } = await import('node:fs');
    const [path, journal, how] = process.argv.slice(1);
    await withLock(path, { waitMs: 20_000 }, async () => {
      if (how === 'hold') await new Promise(() => setInterval(() => undefined, 1000));
      appendFileSync(journal, 'in\\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      appendFileSync(journal, 'out\\n');
    });`;
  return spawn(process.execPath, ['--input-type=module', '-e', program, path, journal, how], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
