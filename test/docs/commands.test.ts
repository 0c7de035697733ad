// What the documents tell people to type works.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { joinLocalStack } from '@bfd-host/local-stack';
import { describe, expect, it, vi } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { folderWithPackages, repositoryCopy } from '../support/folders.ts';
import { blocksOf, commandBlocks, scriptOf, WITH_REGISTRY } from './commands.ts';
import { ROOT } from './repository.ts';

vi.setConfig({ testTimeout: 900_000 });

const IS_DEEP = process.env['BFD_DEEP'] !== undefined;

/** Its commands need neither services nor long. */
const QUICK = ['tools/plugin-builder/README.md'];

const all = commandBlocks();
const run = [...all.keys()].filter(
  (document) =>
    !WITH_REGISTRY.includes(document) &&
    document !== 'tools/create-bfd-job/README.md' &&
    (IS_DEEP || QUICK.includes(document)) &&
    blocksOf(document).some(({ notRun }) => notRun === undefined),
);

describe('commands in documents', () => {
  it('are run, or it is said why not and what runs them instead', () => {
    const excuses = [...all.values()].flat().filter(({ notRun }) => notRun !== undefined);
    expect(excuses.length).toBeGreaterThan(5);
    for (const { document, line, notRun = '' } of excuses) {
      const named = notRun.match(/(?:[\w.-]+\/)+[\w.-]+/g) ?? [];
      expect(named, `${document}:${line}`).not.toEqual([]);
      for (const file of named) expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    }
  });

  it('stand in no other kind of block', () => {
    const odd = [...all.keys()].filter((document) =>
      /^ *```(bash|shell|console|zsh)\b/m.test(readFileSync(path.join(ROOT, document), 'utf8')),
    );
    expect(odd).toEqual([]);
  });

  it.each(run)('work, one after the other: %s', async (document) => {
    await using copy = await repositoryCopy();
    // Held up, so that they do not start and stop with each command.
    const isServed = !QUICK.includes(document);
    const stack = isServed
      ? await joinLocalStack({ home: path.join(copy.path, '.bfd'), postgres: true, s3: true })
      : undefined;
    try {
      const script = scriptOf(blocksOf(document));
      const ran = await runCommand('bash', ['-xc', script], { cwd: copy.path });
      expect(ran.exitCode, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    } finally {
      await stack?.leave();
    }
  });

  it.runIf(IS_DEEP)('work, one after the other: tools/create-bfd-job/README.md', async () => {
    await using folder = await folderWithPackages();
    const bin = path.join(folder.path, 'node_modules/.bin');
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}` };
    const script = scriptOf(blocksOf('tools/create-bfd-job/README.md'));
    const ran = await runCommand('bash', ['-xc', script], { cwd: folder.path, env });
    expect(ran.exitCode, `${ran.stdout}\n${ran.stderr}`).toBe(0);
  });
});

describe('the example of the SDK', () => {
  const file = 'tools/create-bfd-job/templates/poll-s3/src/plugin.ts';
  const source = readFileSync(path.join(ROOT, file), 'utf8');

  it('is the job that create-bfd-job writes', () => {
    const readme = readFileSync(path.join(ROOT, 'sdk/README.md'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${source}\`\`\``);
  });

  it('loads a CSV from S3 into a table in at most 25 lines, imports aside', () => {
    const lines = source
      .replace(/^import [^;]*;/gm, '')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('//'));
    expect(lines.length).toBeLessThanOrEqual(25);
  });
});
