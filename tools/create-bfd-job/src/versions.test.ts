import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  ALLOW_SCRIPTS,
  COPY_DEPENDENCIES,
  DEV_DEPENDENCIES,
  NODE_PACKAGES,
  OVERRIDES,
  VERSION,
} from './versions.ts';

const ROOT = new URL('../../../', import.meta.url);
const readJson = async (file: string) => JSON.parse(await readFile(new URL(file, ROOT), 'utf8'));

describe('a project that is written', () => {
  it('is made of what this repository is made of and tried with', async () => {
    const { packages } = await readJson('package-lock.json');
    for (const [name, version] of Object.entries({ ...DEV_DEPENDENCIES, ...COPY_DEPENDENCIES })) {
      const { resolved, version: installed } = packages[`node_modules/${name}`];
      expect(installed ?? packages[resolved].version, name).toBe(version);
    }
  });

  it('gets the same Node, and the same rolldown for builder and tests', async () => {
    const { version, optionalDependencies, overrides, allowScripts } =
      await readJson('package.json');
    expect(version).toBe(VERSION);
    expect(optionalDependencies).toEqual(NODE_PACKAGES);
    expect(overrides).toMatchObject(OVERRIDES);
    expect(allowScripts).toMatchObject(ALLOW_SCRIPTS);
  });
});
