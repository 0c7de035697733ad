// `bfd-host dev` as an author has it: a project that create-bfd-job wrote, changed while it runs.

import { spawn } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HostProcess } from '@bfd-host/testkit';
import { describe, expect, it, onTestFailed, vi } from 'vitest';
import { runCommand, succeeds } from '../support/commands.ts';
import { emptyFolder, folderWithPackages, ROOT } from '../support/folders.ts';

vi.setConfig({ testTimeout: 180_000 });

describe('a plugin under development', () => {
  it('is built and run again after each change, and its last good build while it has mistakes', async () => {
    await using folder = await folderWithPackages();
    const bin = path.join(folder.path, 'node_modules/.bin');
    const env = {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env['PATH']}`,
      // Somebody else's database, of a shell that is used for other things too.
      BFD_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/production',
    };
    const make = ['loads-people', '--kind', 'poll-s3', '--depends-on', 'elsewhere@>=42', '--yes'];
    await succeeds('create-bfd-job', make, { cwd: folder.path, env });
    const project = path.join(folder.path, 'loads-people');
    const source = path.join(project, 'src/plugin.ts');
    const good = await readFile(source, 'utf8');
    const child = spawn('bfd-host', ['dev', '--json'], {
      cwd: project,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const dev = new HostProcess(child);
    onTestFailed(() => {
      console.log(dev.events);
      child.kill('SIGTERM'); // its services stop with it
    });
    const job = 'loads-people';

    // It runs with what lies in dev/, although what it depends on is not here.
    await dev.waitFor({ event: 'plugin.built' });
    const first = await dev.waitFor({ event: 'run.finished', job });
    expect(first).toMatchObject({ result: 'succeeded', 'counts.files': 1 });

    // A mistake is told with its place; the host goes on.
    await appendFile(source, 'oops(');
    const refused = await dev.waitFor({ event: 'plugin.not-built' });
    expect(refused).toMatchObject({ hasLastGood: true });
    expect(String(refused['problems'])).toMatch(
      /loads-people\/src\/plugin\.ts:\d+:\d+ .*BFD_PLUGIN_SYNTAX/,
    );
    await writeFile(path.join(project, 'dev/s3/loads-people/more.csv'), 'id,name,born\n9,Late,\n');
    await writeFile(source, good);
    await dev.waitFor({ event: 'run.finished', job, result: 'succeeded' }, 2);

    // The next build runs at once, and what it prints is shown.
    await writeFile(
      source,
      good.replace('const list', "console.log('Hello from', ctx.attempt); const list"),
    );
    await dev.waitFor({ event: 'job.output', job, text: 'Hello from 1' });

    // A wrong configuration is told, too.
    const config = path.join(project, 'host.config.json');
    const right = await readFile(config, 'utf8');
    await writeFile(config, right.replace('"bucket"', '"bukket"'));
    const wrong = await dev.waitFor({ event: 'plugin.not-built' }, 2);
    expect(String(wrong['problems'])).toMatch(/bukket.*\n?.*BFD_/s);
    await writeFile(config, right);
    await dev.waitFor({ event: 'job.found-nothing', job });

    const runs = await succeeds('bfd-host', ['runs', '--json'], {
      cwd: project,
      env: { ...env, BFD_DATABASE_URL: '' },
    });
    expect(JSON.parse(runs).runs).toMatchObject([{ result: 'succeeded' }, { result: 'succeeded' }]);
    const jobs = await succeeds('bfd-host', ['jobs', '--json'], {
      cwd: project,
      env: { ...env, BFD_DATABASE_URL: '' },
    });
    expect(JSON.parse(jobs).jobs).toMatchObject([{ job, lastResult: 'succeeded' }]);
    const { exitCode, stderr } = await dev.stop();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(dev.events.at(-1)).toMatchObject({ event: 'host.stopped' });
  });

  it('must be the source of one', async () => {
    await using folder = await emptyFolder();
    await mkdir(path.join(folder.path, 'empty'));
    const program = path.join(ROOT, 'node_modules/.bin/bfd-host');
    const { exitCode, stderr } = await runCommand(program, ['dev', 'empty'], { cwd: folder.path });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('BFD_DEV_FOLDER');
    expect(stderr).not.toContain('    at ');
  });
});
