// A host with something to look at: jobs that work, fail, wait, run on and were put off, and data sets.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type HostProcess, jobSource, Project } from '../support/project.ts';

const LOAD = `ctx.workStarts();
  this.log.info('data set begun', { manifest: safe.file('Incoming/2026-03-06T12:00:00Z/0_manifest.xml'), files: 2 });
  this.log.warn('columns that the layout does not have are ignored', { columns: 3 });
  ctx.progress({ done: 2, total: 2, unit: 'files' });
  return workDone({ counts: { dataSets: 1, records: 18483 } });`;
const BROKEN = `throw new JobError('CLAIMS_DATE', 'Rows of {file} are not as they must be.', { file: safe.file('carrier.csv') },
  { places: [{ code: 'BFD_RIF_DATE', file: safe.file('carrier.csv'), line: 17, column: safe.name('CLM_FROM_DT') }] });`;
const LONG = `ctx.progress({ done: 3, total: 10, unit: 'files', label: safe.file('Incoming/hospice.csv') });
  await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));`;

const JOBS: Readonly<Record<string, { readonly declared?: string; readonly body: string }>> = {
  schema: {
    declared: "startup: true, schedule: { cron: '0 4 * * *', timezone: 'America/New_York' }",
    body: 'ctx.workStarts(); return workDone({ version: "44" });',
  },
  load: {
    declared:
      "startup: true, dependsOn: [{ job: 'schema', version: '>=42' }], description: 'Loads claims: a file is STARTED, then COMPLETED, with its records'",
    body: LOAD,
  },
  hashes: {
    declared: "dependsOn: [{ job: 'load' }], runAfter: true",
    body: 'return nothingToDo();',
  },
  broken: { declared: 'startup: true', body: BROKEN },
  'after-broken': { declared: "startup: true, dependsOn: [{ job: 'broken' }]", body: LOAD },
  long: { declared: 'startup: true', body: LONG },
  spare: { declared: 'enabledByDefault: false', body: LOAD },
  unstable: { declared: '', body: LOAD },
};

const DATA_SETS = `
  create schema claims;
  create view claims.operator_work (kind, name, part_of, state, done, total, unit, changed_at) as values
    ('data set', 'Incoming/2026-03-06T12:00:00Z', null, 'STARTED', 1, 2, 'files', now()),
    ('file', 'carrier.csv', 'Incoming/2026-03-06T12:00:00Z', 'COMPLETED', 5786, null, 'records', now()),
    ('file', 'hospice.csv', 'Incoming/2026-03-06T12:00:00Z', 'STARTED', 92, null, 'records', now()),
    ('data set', 'of-Ada-Lovelace.csv', null, 'Lovelace', 1, 1, 'files', now())`;

export class Scene implements AsyncDisposable {
  readonly project: Project;
  readonly #resources: AsyncDisposableStack;
  host: HostProcess;
  url = '';
  token = '';

  private constructor(project: Project, host: HostProcess, resources: AsyncDisposableStack) {
    this.project = project;
    this.host = host;
    this.#resources = resources;
  }

  /** Starts it and waits until everything stands as it is to be looked at. */
  static async open(config: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
    await using opening = new AsyncDisposableStack();
    const project = opening.use(
      await Project.make({ config: { http: { port: 0 }, concurrency: 3, ...config } }),
    );
    await project.write('claims', pluginSource());
    await project.database.pool.query(DATA_SETS);
    const scene = new Scene(project, project.start(), opening.move());
    await scene.#settled();
    return scene;
  }

  async #settled(): Promise<void> {
    const { host, project } = this;
    const { page } = await host.waitFor({ event: 'host.started' });
    this.url = String(page);
    this.token = await readFile(path.join(project.folder, '.bfd/page-token'), 'utf8');
    await Promise.all([
      host.waitFor({ event: 'run.finished', job: 'load' }),
      host.waitFor({ event: 'run.finished', job: 'broken' }),
      host.waitFor({ event: 'run.started', job: 'long' }),
      host.waitFor({ event: 'gate.blocked', job: 'after-broken' }),
    ]);
    // As three crashes within five minutes leave it.
    await project.database.pool.query(
      `update bfd_host.job set crashes = jsonb_build_object('crashedAt', '[]'::jsonb, 'failedProbes', 0, 'isProbing', false,
          'openedAt', (extract(epoch from now()) * 1000)::int8) where name = 'unstable'`,
    );
  }

  async runIdOf(job: string): Promise<string> {
    const { rows } = await this.project.database.pool.query(
      'select run_id from bfd_host.run where job_name = $1 order by started_at desc limit 1',
      [job],
    );
    return rows[0].run_id;
  }

  /** What was asked of jobs, the first first. */
  async actions(): Promise<{ action: string; job: string; via: string; who: string }[]> {
    const { rows } = await this.project.database.pool.query(
      'select action, job_name as job, via, asked_by as who from bfd_host.action order by action_id',
    );
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

function pluginSource(): string {
  const parts = Object.entries(JOBS).map(([name, { declared = '', body }], index) =>
    jobSource({ name, declared, body }).replaceAll('TheJob', `Job${index}`),
  );
  const imports = /import \{[^}]*\} from '@bfd-host\/sdk';/.exec(parts[0] ?? '')?.[0] ?? '';
  const classes = parts.map((part) =>
    part
      .replace(imports, '')
      .replace(/export default[^;]*;/, '')
      .replace(/void \[[^\]]*\];/, ''),
  );
  const names = parts.map((_, index) => `Job${index}`).join(', ');
  return `${imports}\n${classes.join('\n')}\nexport default definePlugin({ jobs: [${names}], schemas: ['claims'] });
    void [JobError, nothingToDo, PermanentError, safe, workDone, z];`;
}
