import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { SDK_VERSION } from './version.ts';

it('the version stamped into bundles is the one of package.json', async () => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version: SDK_VERSION });
});
