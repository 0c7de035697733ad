// The first minute of a newcomer, as the README tells it: `npm start` in a copy of the repository, until the last of the
// five jobs has done its work, and the commands that look at it meanwhile. (`npm ci` is what CI begins with.)

import { spawn } from 'node:child_process';
import path from 'node:path';
import { HostProcess } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { repositoryCopy } from '../support/folders.ts';
import { blocksOf } from './commands.ts';

describe.runIf(process.env['BFD_DEEP'])("a newcomer's first minute", () => {
  it('shows five jobs at work, and ends at Ctrl-C', { timeout: 900_000 }, async () => {
    await using copy = await repositoryCopy();
    const kept = Object.entries(process.env).filter(([name]) => !/^(BFD_|VITEST)/.test(name));
    const env = Object.fromEntries(kept);
    // What npm start does: its own scripts, without npm between us and the host, which Ctrl-C has to reach.
    const build = await runCommand('npm', ['run', 'build'], { cwd: copy.path, env });
    expect(build.exitCode, build.stderr).toBe(0);
    const bin = path.join(copy.path, 'node_modules/.bin/bfd-host');
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const host = new HostProcess(spawn(bin, ['start', '--json'], { cwd: copy.path, env, stdio }));
    const worked = { event: 'run.finished', result: 'succeeded', outcome: 'work-done' };
    for (const job of [
      'database-schema',
      'synthetic-data',
      'ccw-rif-load',
      'beneficiary-mbi-fixup',
      'beneficiary-history-mbi-fixup',
    ]) {
      await host.waitFor({ ...worked, job });
    }

    const looking = blocksOf('README.md').find(({ commands }) =>
      commands.includes('bfd-host runs'),
    );
    const ran = await runCommand('bash', ['-euc', looking?.commands ?? 'exit 1'], {
      cwd: copy.path,
      env,
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('beneficiary-history-mbi-fixup');
    host.signal('SIGINT');
    const { exitCode, stderr } = await host.stop();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
