import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { HOST_VERSION } from './version.ts';

it("the host's version is that of its package", async () => {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  expect(HOST_VERSION).toBe(JSON.parse(manifest).version);
});
