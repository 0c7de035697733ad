import { execFileSync } from 'node:child_process';
import { appendFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, builtRuntime, handMadePlugin } from './support.ts';

const LOAD_RUNTIME = path.resolve(
  import.meta.dirname,
  '../../host/src/isolation/child/load-runtime.ts',
);

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a job that cannot start', () => {
  it('names everything that is wrong with its configuration, and no value of it', async () => {
    const spec = { ...bench.spec('strict-config'), config: { retries: 1e9, mode: 'hunter2' } };
    const { end, everything } = await bench.run(spec, '');
    expect(end).toMatchObject({
      kind: 'threw',
      error: {
        code: 'BFD_JOB_CONFIG',
        isPermanent: true,
        problems: [{ at: 'bucket' }, { at: 'retries' }, { at: 'mode' }],
      },
    });
    expect(everything).not.toMatch(/hunter2|1000000000/);
  });

  it('withholds what its constructor threw', async () => {
    const { end, everything } = await bench.run(bench.spec('bad-constructor'), '');
    expect(end).toMatchObject({
      kind: 'threw',
      error: { code: 'BFD_JOB_CONSTRUCTOR', name: 'Error' },
    });
    expect(everything).not.toMatch(/SMITH/);
  });

  it('shows what its preflight threw as a JobError', async () => {
    const { end } = await bench.run(bench.spec('failing-preflight'), '');
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'FAULT_PREFLIGHT' } });
  });

  it('is killed when its preflight hangs', async () => {
    const { end } = await bench.run(
      bench.spec('hanging-preflight', { limits: { preflightMs: 300 } }),
      '',
    );
    expect(end).toMatchObject({ kind: 'died', reason: 'start', error: { code: 'BFD_JOB_START' } });
  });
});

describe('the runtime', () => {
  it('is compiled already, for the Node and the flags that it runs with', async () => {
    const program = `
      import { loadRuntime } from ${JSON.stringify(LOAD_RUNTIME)};
      loadRuntime(${JSON.stringify(await builtRuntime())}, 'main.cjs', (_, script) => {
        console.log(script.cachedDataRejected);
        process.exit();
      });`;
    const flags = ['--max-old-space-size=100', '--no-experimental-sqlite', '--trace-sigint'];
    const told = execFileSync(process.execPath, [
      ...flags,
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      program,
    ]);
    expect(told.toString().trim()).toBe('false');
  });
});

describe('a bundle that is no plugin', () => {
  it.each([
    ['throws when it is loaded', "throw new Error('SMITH');", 'BFD_PLUGIN_IMPORT'],
    ['is no JavaScript', 'export default }{', 'BFD_PLUGIN_IMPORT'],
    ['imports what is not in it', "import 'left-pad';", 'BFD_SYSTEM_ERR_MODULE_NOT_FOUND'],
    ['exports nothing', 'export const a = 1;', 'BFD_PLUGIN_EXPORT'],
    [
      'is of another interface',
      'export default { apiVersion: 99, jobs: [] };',
      'BFD_PLUGIN_API_VERSION',
    ],
  ])('fails its job when it %s', async (_, source, code) => {
    await using plugin = await handMadePlugin(source);
    const { end, everything } = await bench.fault('work', { spec: { plugin } });
    expect(end).toMatchObject({ kind: 'threw', error: { code: code.replace('ERR_', '') } });
    expect(everything).not.toMatch(/SMITH/);
  });

  it('is killed when loading it does not end, and the line is told', async () => {
    await using plugin = await handMadePlugin('\nfor (;;);');
    const { end } = await bench.fault('work', { spec: { plugin }, limits: { startMs: 1500 } });
    expect(end).toMatchObject({
      kind: 'died',
      reason: 'start',
      error: { code: 'BFD_JOB_START', places: [{ file: 'plugin.js', line: 2 }] },
    });
  });

  it('is refused when it is not the one of the manifest', async () => {
    await using plugin = await handMadePlugin('export default 1;');
    await appendFile(path.join(plugin.folder, plugin.entry), '// changed');
    const { end } = await bench.fault('work', { spec: { plugin } });
    expect(end).toMatchObject({
      kind: 'threw',
      error: { code: 'BFD_PLUGIN_DIGEST', isPermanent: true },
    });
  });

  it('is refused when a link leads out of its folder', async () => {
    await using plugin = await handMadePlugin('export default 1;');
    await symlink('/etc/passwd', path.join(plugin.folder, 'data'));
    const { end } = await bench.fault('work', { spec: { plugin } });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_PLUGIN_SYMLINK' } });
  });
});
