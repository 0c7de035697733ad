// Every export in the hands of the best judge of its form that can be had here. What each judge is, and what it is not,
// is told in host/docs/orchestrators.md.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { Project } from '../support/project.ts';
import { behavioursProject, DATABASE_VARIABLE, exported } from './exported-project.ts';
import { installedJudges } from './judges.ts';
import { type Manifest, readManifests } from './kubernetes-target.ts';
import { nomadJobSchema } from './nomad-form.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
// Its types are for another module system.
const validateAsl = createRequire(import.meta.url)('asl-validator') as (definition: object) => {
  isValid: boolean;
  errors: unknown[];
};

const IS_DEEP = process.env['BFD_DEEP'] !== undefined;

const TARGETS = ['kubernetes', 'step-functions', 'nomad', 'airflow', 'conductor'] as const;

/** The jobs of the list, and those of this repository with the schedules that a target may lack words for. */
const SETS = IS_DEEP ? ['the behaviours', 'the shipped jobs'] : ['the shipped jobs'];

describe.each(SETS)('the exports of %s', (which) => {
  const resources = new AsyncDisposableStack();
  const files = new Map<string, Map<string, string>>();
  let project: Project;

  beforeAll(async () => {
    project = resources.use(
      which === 'the behaviours' ? await behavioursProject() : await shippedProject(),
    );
    const schedules = which === 'the behaviours' ? [] : SHIPPED_SCHEDULES;
    for (const target of TARGETS) files.set(target, await exported(project, target, ...schedules));
  });
  afterAll(() => resources.disposeAsync());

  const of = (target: string): Map<string, string> => files.get(target) ?? new Map();

  it('are the same when made again', async () => {
    const schedules = which === 'the behaviours' ? [] : SHIPPED_SCHEDULES;
    for (const target of TARGETS) {
      expect(await exported(project, target, ...schedules)).toEqual(of(target));
    }
  });

  it('hold no secret, and no path of this machine', () => {
    const { password } = new URL(project.database.url);
    for (const text of TARGETS.flatMap((target) => [...of(target).values()])) {
      expect(text).not.toContain(project.database.url);
      expect(text).not.toContain(`:${password}@`);
      expect(text).not.toContain(project.folder);
    }
    if (which === 'the behaviours') {
      expect(of('kubernetes').get('bfd-host.yaml')).toContain(`key: ${DATABASE_VARIABLE}`);
    }
  });

  it('pass asl-validator, and stand in the template as they stand alone', ({ task }) => {
    task.meta.conformance = {
      target: 'step-functions',
      behaviour: `form: ${which}`,
      how: 'validated',
    };
    const template = parse(of('step-functions').get('template.yaml') ?? '', { version: '1.1' });
    const definitions = Object.values<Resource>(template.Resources).flatMap(
      ({ Type, Properties }) => (Type === 'AWS::StepFunctions::StateMachine' ? [Properties] : []),
    );
    expect(definitions.length).toBeGreaterThan(0);
    for (const { StateMachineName: name, Definition: definition } of definitions) {
      expect(JSON.parse(of('step-functions').get(`${name}.asl.json`) ?? '')).toEqual(definition);
      expect(validateAsl(definition as object)).toMatchObject({ isValid: true, errors: [] });
    }
  });

  it('pass cfn-lint, where it is installed', async ({ skip, task }) => {
    task.meta.conformance = {
      target: 'step-functions',
      behaviour: `template: ${which}`,
      how: 'validated',
    };
    if (!IS_DEEP || !(await isInstalled('cfn-lint'))) skip(); // ten seconds a template
    const file = path.join(project.folder, 'exported/step-functions/template.yaml');
    const { stdout } = await run('cfn-lint', [file]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  it.runIf(IS_DEEP)('pass kubernetes-models', async ({ task }) => {
    task.meta.conformance = { target: 'kubernetes', behaviour: `form: ${which}`, how: 'validated' };
    const manifests = readManifests(of('kubernetes').get('bfd-host.yaml') ?? '');
    expect(manifests.length).toBeGreaterThan(0);
    const models = await kubernetesModels();
    for (const manifest of manifests) {
      expect(() => new models[manifest.kind](manifest).validate()).not.toThrow();
    }
  });

  it('have names that Kubernetes leaves as they are', () => {
    for (const { kind, metadata } of readManifests(of('kubernetes').get('bfd-host.yaml') ?? '')) {
      expect(metadata.name.length).toBeLessThanOrEqual(kind === 'CronJob' ? 52 : 63);
    }
  });

  it.runIf(IS_DEEP)('have only members that the types of Kubernetes know', async ({ task }) => {
    task.meta.conformance = { target: 'kubernetes', behaviour: `keys: ${which}`, how: 'validated' };
    const text = of('kubernetes').get('bfd-host.yaml') ?? '';

    expect(await problemsOfTypes(kubernetesSource(text))).toBe('');
    const mistyped = text.replaceAll('backoffLimit', 'backOffLimit');
    expect(await problemsOfTypes(kubernetesSource(mistyped))).toContain('"backOffLimit"');
  });

  it.runIf(IS_DEEP)("pass the types of Conductor's SDK, with the worker", async ({ task }) => {
    task.meta.conformance = { target: 'conductor', behaviour: `form: ${which}`, how: 'validated' };
    const sources = conductorSources(of('conductor'));

    expect(await problemsOfTypes(sources)).toBe('');
    const mistyped = sources['exports.ts'].replaceAll('retryCount', 'retriesCount');
    expect(await problemsOfTypes({ 'exports.ts': mistyped })).toContain('"retriesCount"');
  });

  it('have the form of a job of Nomad', ({ task }) => {
    task.meta.conformance = { target: 'nomad', behaviour: `form: ${which}`, how: 'validated' };
    const jobs = [...of('nomad')].filter(([name]) => name.endsWith('.nomad.json'));
    expect(jobs.length).toBeGreaterThan(0);
    for (const [name, text] of jobs) {
      expect(nomadJobSchema.safeParse(JSON.parse(text)).error, name).toBeUndefined();
    }
  });

  it('are compiled by Python, where there is one', async ({ skip, task }) => {
    task.meta.conformance = { target: 'airflow', behaviour: `form: ${which}`, how: 'compiled' };
    if (!(await isInstalled('python3'))) skip();
    const file = path.join(project.folder, 'exported/airflow/bfd_host_dags.py');
    const script = 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")';
    const { stderr } = await run('python3', ['-c', script, file]).catch((error) => error);
    expect(stderr).toBe('');
  });
});

/** The shipped jobs fire by the second, which three of the targets cannot say. */
const SHIPPED_SCHEDULES = [
  'ccw-rif-load',
  'beneficiary-mbi-fixup',
  'beneficiary-history-mbi-fixup',
].flatMap((job) => ['--schedule', `${job}=*/5 * * * *`]);

describe('a schedule that a target cannot express', () => {
  it('is an error that says what to do, and nothing is written', async () => {
    await using project = await shippedProject();

    const { exitCode, stdout, stderr } = await project.command('export', 'kubernetes');

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('BFD_EXPORT');
    expect(stderr).toContain("--schedule 'ccw-rif-load=* * * * *'");
  });
});

/** As a newcomer has them: this repository's plugins under its configuration. */
async function shippedProject(): Promise<Project> {
  const text = await readFile(path.join(ROOT, 'host.config.json'), 'utf8');
  const { jobs } = JSON.parse(text) as { jobs: Record<string, unknown> };
  const shipped = ['ccw', 'database-schema', 'synthetic-data', 'sample-job'];
  return Project.make({ shipped, config: { jobs } });
}

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly StateMachineName: string; readonly Definition: unknown };
}

async function isInstalled(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

interface Model {
  validate(): void;
}

async function kubernetesModels(): Promise<
  Record<Manifest['kind'], new (manifest: Manifest) => Model>
> {
  const folder = path.join(await installedJudges(), 'kubernetes-models/batch/v1');
  const { CronJob } = await import(path.join(folder, 'CronJob.js'));
  const { Job } = await import(path.join(folder, 'Job.js'));
  return { CronJob, Job };
}

// As object literals, whose unknown members TypeScript refuses.

function kubernetesSource(yaml: string): Readonly<Record<string, string>> {
  const constants = readManifests(yaml).map(
    (manifest, index) =>
      `export const m${index}: I${manifest.kind} = ${JSON.stringify(manifest)};\n`,
  );
  const imports = `
    import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
    import type { IJob } from 'kubernetes-models/batch/v1/Job';
  `;
  return { 'exports.ts': `${imports}${constants.join('')}` };
}

function conductorSources(files: ReadonlyMap<string, string>) {
  return {
    'exports.ts': `
      import type { SaveScheduleRequest, TaskDef, WorkflowDef } from '@io-orkes/conductor-javascript';
      export const workflows: readonly WorkflowDef[] = ${files.get('workflows.json')};
      export const tasks: readonly TaskDef[] = ${files.get('tasks.json')};
      export const schedules: readonly SaveScheduleRequest[] = ${files.get('schedules.json')};`,
    'worker.ts': files.get('worker.ts') ?? '',
  };
}

/** What TypeScript prints about them. */
async function problemsOfTypes(sources: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-export-types-'));
  try {
    await mkdir(path.join(folder, 'src'));
    await symlink(await installedJudges(), path.join(folder, 'node_modules'));
    for (const [name, text] of Object.entries(sources)) {
      await writeFile(path.join(folder, 'src', name), text);
    }
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(TYPES_ONLY));
    const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = await run(tsc, ['-p', folder]).catch((error: { stdout: string }) => error);
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const TYPES_ONLY = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['src'],
};
