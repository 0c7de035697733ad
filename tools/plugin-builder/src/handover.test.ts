// bin/*.cjs of this package and of the host, before a stand-in for dist/main.js: what matters is which Node
// runs it, with which flags, and that signals and exit codes come through.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pluginFolder } from '../test/plugin-folder.ts';

const BINS = {
  'bfd-plugin': new URL('../bin/bfd-plugin.cjs', import.meta.url),
  'bfd-host': new URL('../../../host/bin/bfd-host.cjs', import.meta.url),
};
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

const MAIN = `
let signals = 0;
process.on('SIGTERM', () => { console.log('SIGTERM', ++signals); setTimeout(() => process.exit(7), 200); });
console.log(JSON.stringify({ pid: process.pid, version: process.version, flags: process.execArgv, args: process.argv.slice(2) }));
if (process.argv[2] === 'wait') setInterval(() => {}, 1000); else process.exitCode = 5;
`;

/** A Node too old for this project, if the machine has one. */
function oldNode(): string | undefined {
  const { PATH = '' } = process.env;
  return [...PATH.split(delimiter), '/usr/bin', '/usr/local/bin']
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      try {
        return Number(/^v(\d+)/.exec(execFileSync(node, ['-v'], { encoding: 'utf8' }))?.[1]) < 26;
      } catch {
        return false;
      }
    });
}

const OLD_NODE = oldNode();

async function installed(bin: keyof typeof BINS) {
  const folder = await pluginFolder({
    'package.json': '{ "type": "module" }',
    'dist/main.js': MAIN,
  });
  const path = join(folder.path, 'bin', `${bin}.cjs`);
  await mkdir(join(folder.path, 'bin'));
  await copyFile(BINS[bin], path);
  await symlink(MODULES, join(folder.path, 'node_modules'));
  return { ...folder, bin: path };
}

async function said(child: ChildProcess): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error('its output was not asked for');
  const [line] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(line);
}

describe.for(['bfd-plugin', 'bfd-host'] as const)('%s', (name) => {
  const flags = name === 'bfd-host' ? ['--disable-sigusr1'] : [];

  it('runs in this Node, in the process that was started, and hands on exit codes', async () => {
    await using folder = await installed(name);
    const child = spawn(process.execPath, [folder.bin, 'a', 'b']);
    const exited = once(child, 'exit');
    await expect(said(child)).resolves.toEqual({
      pid: child.pid,
      version: process.version,
      flags,
      args: ['a', 'b'],
    });
    await expect(exited).resolves.toEqual([5, null]);
  });

  it.skipIf(!OLD_NODE)('hands over to the pinned Node when run by an older one', async () => {
    await using folder = await installed(name);
    const child = spawn(OLD_NODE ?? '', [folder.bin, 'a']);
    const exited = once(child, 'exit');
    await expect(said(child)).resolves.toMatchObject({
      version: expect.stringMatching(/^v26\./),
      flags,
      args: ['a'],
    });
    await expect(exited).resolves.toEqual([5, null]);
  });

  it.skipIf(!OLD_NODE)('passes a signal on once, and the exit code back', async () => {
    await using folder = await installed(name);
    const child = spawn(OLD_NODE ?? '', [folder.bin, 'wait']);
    const exited = once(child, 'exit');
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await said(child);
    child.kill('SIGTERM');
    await expect(exited).resolves.toEqual([7, null]);
    expect(output.match(/SIGTERM \d/g)).toEqual(['SIGTERM 1']);
  });

  it.skipIf(!OLD_NODE)('says in one line what to do when there is no Node it can use', async () => {
    await using folder = await installed(name);
    await rm(join(folder.path, 'node_modules'));
    const child = spawn(OLD_NODE ?? '', [folder.bin]);
    let text = '';
    child.stderr.on('data', (chunk) => (text += chunk));
    await expect(once(child, 'close')).resolves.toEqual([2, null]);
    expect(text).toMatch(/^\S+ needs Node 26, this is v\d.* \(BFD_NODE_VERSION\)\n$/);
  });

  it('says in one line what to do when it is not built', async () => {
    await using folder = await installed(name);
    await rm(join(folder.path, 'dist'), { recursive: true });
    const child = spawn(process.execPath, [folder.bin]);
    let text = '';
    child.stderr.on('data', (chunk) => (text += chunk));
    await expect(once(child, 'close')).resolves.toEqual([2, null]);
    expect(text).toMatch(/^\S+ is not built\. Run "npm run build".* \(BFD_NOT_BUILT\)\n$/);
  });
});
