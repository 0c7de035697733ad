// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { interpolate } from './interpolate.ts';
import type { JsonValue } from './json-text.ts';

const env = { PEPPER: 'hot', EMPTY: '', HOME_REGION: 'us-east-1' };
const read = (value: JsonValue, folder = '/nowhere') => interpolate(value, { env, folder });

describe('placeholders of the configuration', () => {
  it('are replaced in all texts, and their places noted as secret', async () => {
    const value = { a: '${env:PEPPER}', b: ['x', '${env:PEPPER}-${env:PEPPER}'], c: 1, d: 'plain' };

    expect(await read(value)).toEqual({
      value: { a: 'hot', b: ['x', 'hot-hot'], c: 1, d: 'plain' },
      secretPaths: ['a', 'b[1]'],
      references: ['a', 'b[1]', 'b[1]'].map((at) => ({ at, kind: 'env', name: 'PEPPER' })),
      problems: [],
    });
  });

  it('read a file beside the configuration, without its last line break', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-config-'));
    await writeFile(join(folder.path, 'secret'), 'two\nlines\r\n');

    expect((await read('${file:secret}', folder.path)).value).toBe('two\nlines');
    expect((await read(`\${file:${folder.path}/secret}`)).value).toBe('two\nlines');
  });

  it('are left alone where the dollar is doubled', async () => {
    expect(await read('$${env:PEPPER} $5 {x} $')).toEqual({
      value: '${env:PEPPER} $5 {x} $',
      secretPaths: [],
      references: [],
      problems: [],
    });
  });

  it('are not read where a stand-in is given for all of them', async () => {
    const given = { a: '${env:NOT_SET}', b: '${file:none.txt}', c: '$${' };

    expect(await interpolate(given, { env: {}, folder: '/', standIn: 'x' })).toMatchObject({
      value: { a: 'x', b: 'x', c: '${' },
      references: [
        { at: 'a', kind: 'env', name: 'NOT_SET' },
        { at: 'b', kind: 'file', name: 'none.txt' },
      ],
      problems: [],
    });
  });

  it('are not looked for in what was put in', async () => {
    const nested = { env: { OUTER: '${env:PEPPER}', PEPPER: 'hot' }, folder: '/' };

    expect((await interpolate('${env:OUTER}', nested)).value).toBe('${env:PEPPER}');
  });

  it.each([
    ['${env:PEPER}', 'environment variable "PEPER" is not set; did you mean "PEPPER"?'],
    ['${env:SOMETHING_ELSE}', 'environment variable "SOMETHING_ELSE" is not set'],
    ['${env:EMPTY}', 'environment variable "EMPTY" is set but empty'],
    ['${file:none.txt}', 'file "/nowhere/none.txt" cannot be read (ENOENT)'],
    ['${file:/}', 'file "/" cannot be read (EISDIR)'],
    ['${PEPPER}', 'expected ${env:NAME} or ${file:PATH} after "${"; a plain "${" is written "$${"'],
    ['${env:}', 'expected ${env:NAME} or ${file:PATH} after "${"; a plain "${" is written "$${"'],
    [
      '${env:PEPPER',
      'expected ${env:NAME} or ${file:PATH} after "${"; a plain "${" is written "$${"',
    ],
  ])('that cannot be replaced are named with their place: %s', async (text, problem) => {
    const { value, problems } = await read({ deep: [{ a: text }] });

    expect(problems).toEqual([{ at: 'deep[0].a', problem }]);
    expect(value).toEqual({ deep: [{}] });
  });

  it('refuse a file too large for a secret, and an empty one', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-config-'));
    await writeFile(join(folder.path, 'large'), 'x'.repeat(65_537));
    await writeFile(join(folder.path, 'empty'), '\n');

    const { problems } = await read(['${file:large}', '${file:empty}'], folder.path);

    expect(problems.map(({ problem }) => problem)).toEqual([
      `file "${join(folder.path, 'large')}" is larger than 65536 bytes`,
      `file "${join(folder.path, 'empty')}" is empty`,
    ]);
  });
});
