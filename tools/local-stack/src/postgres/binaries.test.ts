import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from './binaries.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bfd-binaries-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('finding the programs of PostgreSQL', () => {
  it('makes the links that an installation without scripts lacks', async () => {
    const bin = await installedWithoutScripts(join(folder, 'native'));
    expect(runs(join(bin, 'postgres'))).toBe(false);

    const found = await findBinaries(folder, { BFD_POSTGRES_BIN: bin });

    expect(found).toEqual({ bin, major: 18 });
    expect(runs(join(bin, 'postgres'))).toBe(true);
  });

  it('says where it looked when a folder holds none that run', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);

    await expect(findBinaries(folder, { BFD_POSTGRES_BIN: empty })).rejects.toMatchObject({
      code: 'BFD_LOCAL_POSTGRES_BINARIES',
      message: expect.stringContaining(empty),
    });
  });
});

async function installedWithoutScripts(native: string): Promise<string> {
  const installed = await findBinaries(folder, {});
  const lib = join(native, 'lib');
  await cp(dirname(installed.bin), native, { recursive: true, verbatimSymlinks: true });
  for (const entry of await readdir(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await unlink(join(lib, entry.name));
  }
  return join(native, 'bin');
}

function runs(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
