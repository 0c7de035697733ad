import { readFile } from 'node:fs/promises';
import { buildPlugin } from '@bfd-host/plugin-builder';
import { expect, it } from 'vitest';
import { pluginFolder } from '../test/plugin-folder.ts';

it('the example an author finds in the README of the SDK builds as it stands there', async () => {
  const readme = await readFile(new URL('../../../sdk/README.md', import.meta.url), 'utf8');
  const example = /```ts\n(.+?)```/s.exec(readme)?.[1] ?? '';
  await using source = await pluginFolder({ 'src/plugin.ts': example });

  await expect(buildPlugin(source.path)).resolves.toMatchObject({
    manifest: {
      schemas: ['acme'],
      jobs: [{ name: 'count-files', needs: ['config', 'db', 'logger', 's3'] }],
    },
  });
});
