// Each command, for people at a terminal and as JSON.

import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';
import { type Said, type Stream, say } from './terminal.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const WIDE: Stream = { columns: 200 };

let project: Project;
const config = () => ['--config', path.join(project.folder, 'host.config.json')];
const tell = (args: string, stream = WIDE): Promise<Said> =>
  say([...args.split(' '), ...config()], stream);
async function json<T = Record<string, unknown>>(args: string): Promise<T> {
  const { out, err } = await say([...args.split(' '), ...config(), '--json']);
  if (out === '') throw new Error(err);
  return JSON.parse(out);
}

beforeAll(async () => {
  project = await Project.make({ config: { jobs: { load: { successWithinMs: 86_400_000 } } } });
  const jobs = {
    load: "ctx.workStarts(); return workDone({ counts: { dataSets: 1, records: 18483 }, version: '44' });",
    after: 'return nothingToDo();',
    broken: "throw new JobError('CLAIMS_DATE', 'Rows are not as they must be.');",
  };
  const declared: Readonly<Record<string, string>> = {
    load: "schedule: { cron: '30 2 * * *', timezone: 'America/New_York' }",
    after: "dependsOn: [{ job: 'load' }, { job: 'broken' }]",
  };
  await Promise.all(
    Object.entries(jobs).map(([name, body]) =>
      project.write(name, jobSource({ name, declared: declared[name] ?? '', body })),
    ),
  );
});
afterAll(() => project[Symbol.asyncDispose]());

describe('bfd-host', () => {
  it('run tells people of the run, and programs a line for each event', async () => {
    const told = await tell('run load');
    expect(told.out).toMatch(
      /load +started \(manual\)[\s\S]*load +succeeded after .*, 1 data sets, 18,483 records/,
    );
    expect(told.exitCode).toBe(0);

    const { out, exitCode } = await say(['run', 'broken', ...config(), '--json']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).event),
    ).toEqual(['run.started', 'run.finished']);
    expect(exitCode).toBe(1);
  });

  it('run says why it does not, and what was meant by a name that is none', async () => {
    expect(await tell('run after')).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining(
        'after was not run (BFD_RUN_BLOCKED): the last run of broken failed (CLAIMS_DATE).',
      ),
    });
    expect(await tell('run lode')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('did you mean "load"?'),
    });
  });

  it('jobs', async () => {
    const { out } = await tell('jobs');
    const [head, ...lines] = out.split('\n');
    expect(head).toMatch(/^JOB +VERSION +SCHEDULE +STATE +LAST RESULT +CHECKED +WORKED$/);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^load +1\.0\.0 +30 2 \* \* \* +ready +succeeded +\d+ s ago +\d+ s ago$/,
      ),
    );

    const { jobs } = await json<{ jobs: Record<string, unknown>[] }>('jobs');
    expect(jobs).toContainEqual(
      expect.objectContaining({
        job: 'load',
        standing: 'ready',
        state: 'ready',
        lastResult: 'succeeded',
        lastVersion: '44',
        isLate: false,
        failureStreak: 0,
      }),
    );
    expect(jobs).toContainEqual(
      expect.objectContaining({ job: 'broken', failureStreak: 1, lastSuccessAt: null }),
    );
  });

  it('jobs calls a job late whose latest success is too old', async () => {
    const age = (interval: string) =>
      project.database.pool.query(
        `update bfd_host.job set last_success_at = now() - interval '${interval}' where name = 'load'`,
      );
    await age('2 days');
    expect((await tell('jobs')).out).toMatch(/^load .* succeeded, late/m);
    expect(
      (await json<{ jobs: { job: string; isLate: boolean }[] }>('jobs')).jobs.find(
        ({ job }) => job === 'load',
      )?.isLate,
    ).toBe(true);
    await age('1 minute');
  });

  it('runs', async () => {
    const { out } = await tell('runs');
    expect(out).toMatch(/^STARTED +JOB +RESULT +TOOK +WHAT$/m);
    expect(out).toMatch(
      /^\d+ s ago +broken +failed +[\d.]+ m?s +CLAIMS_DATE: Rows are not as they must be\.$/m,
    );

    const { runs } = await json<{ runs: unknown[] }>('runs --job load --limit 1');
    expect(runs).toEqual([
      expect.objectContaining({
        job: 'load',
        result: 'succeeded',
        counts: { dataSets: 1, records: 18483 },
      }),
    ]);
  });

  it('runs, those that failed of late', async () => {
    const { runs } = await json<{ runs: unknown[] }>('runs --failed --since 1h');
    expect(runs).toEqual([expect.objectContaining({ job: 'broken', result: 'failed' })]);

    expect((await tell('runs --job load --failed --since 12h')).out).toMatch(
      /^No run of load failed since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\./,
    );
    const { runs: old } = await json<{ runs: unknown[] }>('runs --since 2100-01-01T00:00Z');
    expect(old).toEqual([]);
    expect((await tell('runs --since lately')).exitCode).toBe(2);
    expect(await tell('runs --job laod --failed')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('did you mean "load"'),
    });
  });

  it('why', async () => {
    const { out } = await tell('why broken');
    expect(out).toMatch(
      /^broken: no host is running, and none ever was\.\n {2}it has no schedule[\s\S]*What to do: `bfd-host start`/,
    );
    expect(await json('why broken')).toMatchObject({
      verdict: { kind: 'no-host' },
      because: [{ kind: 'only-when-told' }],
    });
  });

  it('plan', async () => {
    expect((await tell('plan --days 2 --from 2026-03-01T00:00Z')).out).toMatch(
      /^load +30 2 \* \* \* +America\/New_York +2 /m,
    );
    expect(await json('plan --days 2 --from 2026-03-01T00:00Z')).toMatchObject({
      jobs: [{ job: 'load', fires: 2 }],
    });
  });

  it('pause and resume', async () => {
    expect((await tell('pause load')).out).toContain('load is paused: no run of it starts');
    expect((await tell('jobs')).out).toMatch(/^load .* paused/m);
    expect(await json('pause load')).toEqual({ job: 'load', isPaused: true, isNew: false });
    expect((await tell('resume load')).out).toBe('load is no longer paused.\n');
    expect(await json('resume load')).toEqual({ job: 'load', isPaused: false, isNew: false });
  });

  it('retry and cancel', async () => {
    expect((await tell('retry broken')).out).toMatch(
      /^broken: run [\w-]+ is tried again, as attempt 2\.$/m,
    );
    expect((await tell('cancel broken')).out).toMatch(
      /^broken: run [\w-]+, which waited, was taken back\.$/m,
    );
    expect(await json('retry broken')).toMatchObject({ job: 'broken', attempt: 2 });
    expect(await json('cancel broken')).toMatchObject({ kind: 'withdrawn', job: 'broken' });
    expect(await tell('cancel broken')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('BFD_NOTHING_TO_CANCEL'),
    });
  });

  it('release', async () => {
    expect((await tell('release load')).out).toBe('load is not put off for crashing.\n');
    expect(await json('release load')).toEqual({ job: 'load', isNew: false });
  });

  it('hosts', async () => {
    expect((await tell('hosts')).out).toContain('No host is running.');
    expect(await json('hosts')).toEqual({ hosts: [] });
    await project.database.pool.query(
      `insert into bfd_host.host (boot_id, version, machine, pid, status)
       values ('00000000-0000-4000-8000-000000000001', '0.1.0', 'far-away', 77, '{"page": "https://far/", "rssMb": 100, "refused": [],
         "processes": [{ "job": "load", "plugin": "load", "state": "idle", "runs": 3, "rssMb": 80, "restarts": 2 }]}')`,
    );
    expect((await tell('hosts')).out).toMatch(
      /^far-away +77 +0\.1\.0 +alive +0 s ago +- +180 MiB +2 +https:\/\/far\/$/m,
    );
    expect(await json('hosts')).toMatchObject({
      hosts: [{ machine: 'far-away', isAlive: true, status: { rssMb: 100 } }],
    });
    await project.database.pool.query('update bfd_host.host set stopped_at = now()');
    expect((await tell('hosts --all')).out).toMatch(/^far-away .* stopped 0 s ago/m);
  });

  it('check', async () => {
    expect((await tell('check')).out).toMatch(
      /^load +1\.0\.0 +load +- +- [\s\S]*^Isolation: [\s\S]*Nothing is wrong\./m,
    );
    expect(await json('check')).toMatchObject({
      problems: [],
      isolation: expect.arrayContaining([expect.objectContaining({ area: 'isolation' })]),
      plugins: expect.arrayContaining([expect.objectContaining({ plugin: 'load' })]),
    });
  });

  it('migrate', async () => {
    expect((await tell('migrate')).out).toBe('The schemas bfd_host and pgboss are up to date.\n');
    expect(await json('migrate')).toEqual({ applied: [] });
    expect((await json<{ sql: string }>('migrate --sql')).sql).toContain(
      'create table bfd_host.run_log',
    );
  });

  it('completion', async () => {
    expect((await tell('completion jobs')).out.trim().split('\n').sort()).toEqual([
      'after',
      'broken',
      'load',
    ]);
    expect(await json('completion fish')).toMatchObject({
      shell: 'fish',
      script: expect.stringContaining('complete -c bfd-host'),
    });
    expect(await tell('completion csh')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('bash'),
    });
  });

  it('knows what was meant by a command and an option that are none', async () => {
    expect(await say(['dotcor'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('Did you mean doctor?'),
    });
    expect(await say(['runs', '--limt', '3'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('Did you mean --limit?'),
    });
  });
});

describe('the file of the configuration', () => {
  const file = () => path.join(project.folder, 'host.config.json');
  const read = () => readFile(file(), 'utf8');

  it('is changed in one place by disable and enable, and told that a restart is due', async () => {
    const before = await read();
    const { out } = await tell('disable broken');
    expect(out).toMatch(/^broken is disabled in .*host\.config\.json\. Restart the host/);
    // Another job depends on it, which then cannot run.
    expect(out).toMatch(/^But jobs\.after.*broken/m);
    expect(JSON.parse(await read())).toEqual({
      ...JSON.parse(before),
      jobs: { ...JSON.parse(before).jobs, broken: { enabled: false } },
    });
    expect((await tell('disable broken')).out).toBe('broken is disabled already.\n');

    expect(await json('enable broken')).toMatchObject({
      job: 'broken',
      isEnabled: true,
      isNew: true,
      needsRestart: true,
      refused: [],
    });
    expect((await read()).replace(/,?\s*"broken": \{\s*"enabled": true\s*\}/, '')).toBe(before);
  });

  it.each([
    [
      'tabs and CRLF',
      '{\r\n\t"jobs": {\r\n\t\t"load": { "startup": false },\r\n\t\t"broken": {\r\n\t\t\t"enabled": true\r\n\t\t}\r\n\t}\r\n}\r\n',
    ],
    [
      'four spaces, a mark at the beginning and no line break at the end',
      '\uFEFF{\n    "jobs": {\n        "load": { "startup": false },\n        "broken": {\n            "enabled": true\n        }\n    }\n}',
    ],
    ['one line', '{ "jobs": { "load": { "startup": false }, "broken": { "enabled": true } } }'],
  ])('keeps %s', async (_, text) => {
    const before = await read();
    const database = JSON.stringify({ database: project.database.url }).slice(1, -1);
    const given = text.replace('"jobs"', () => `${database}, "jobs"`);
    await writeFile(file(), given);

    await tell('disable broken');

    const after = await read();
    await writeFile(file(), before);
    expect(after).toBe(given.replace('"enabled": true', '"enabled": false'));
  });

  it('is not touched for a job that is not there', async () => {
    const before = await read();
    expect(await tell('enable lode')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('did you mean "load"?'),
    });
    expect(await read()).toBe(before);
  });
});

describe('a terminal', () => {
  it('of 60 columns gets tables that fit, and a pipe gets them whole', async () => {
    const narrow = await tell('jobs', { columns: 60 });
    const lines = narrow.out.trimEnd().split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    expect(narrow.out).toContain('…');
    expect((await tell('jobs', {})).out).not.toContain('…');
  });

  it('with colours gets some, and none where nobody asked for them', async () => {
    const coloured = await tell('runs', { columns: 120, hasColours: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what makes a terminal change colour
    expect(coloured.out).toMatch(/\x1b\[31mfailed\x1b\[39m/);
    expect((await tell('runs', { columns: 120 })).out).not.toContain('\x1b');
    expect((await tell('runs', {})).out).not.toContain('\x1b');
  });
});

const hasShell = (name: string) => spawnSync(name, ['--version']).error === undefined;
const BIN = path.resolve(import.meta.dirname, '../../host/bin/bfd-host.cjs');

describe('completion', () => {
  it.skipIf(!hasShell('bash'))('of bash finds commands, options and jobs', async () => {
    const { out } = await say(['completion', 'bash']);
    const complete = (...words: string[]) => {
      const script = `${out}
        bfd-host() { ${process.execPath} ${BIN} "$@"; }
        COMP_WORDS=(bfd-host ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
        _bfd_host; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return spawnSync('bash', ['-c', script], { cwd: project.folder, encoding: 'utf8' })
        .stdout.trim()
        .split('\n');
    };
    expect(complete('do')).toEqual(['doctor']);
    expect(complete('runs', '--l')).toEqual(['--limit']);
    expect(complete('why', 'lo')).toEqual(['load']);
    expect(complete('runs', '--job', 'br')).toEqual(['broken']);
  });

  it.skipIf(!hasShell('zsh'))('of zsh is a script that zsh takes', async () => {
    const { out } = await say(['completion', 'zsh']);
    const { stderr, status } = spawnSync(
      'zsh',
      ['-fc', `autoload -U compinit; compinit -u; ${out}\nwhence -w _bfd_host`],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  it.skipIf(!hasShell('fish'))('of fish finds commands and options', async () => {
    const { out } = await say(['completion', 'fish']);
    const { stdout } = spawnSync(
      'fish',
      ['-c', `${out}\ncomplete -C 'bfd-host do'; complete -C 'bfd-host runs --l'`],
      { encoding: 'utf8' },
    );
    expect(stdout).toMatch(/^doctor\b[\s\S]*--limit/m);
  });
});
