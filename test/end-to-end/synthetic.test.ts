// Made-up data on its whole way: published, loaded, updated.

import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Finished, Project } from '../support/project.ts';

const SAMPLES = path.resolve(import.meta.dirname, '../../../shared/bfd/rif-samples/rif-synthea');

const IS_DEEP = process.env['BFD_DEEP'] !== undefined;
const BENEFICIARIES = IS_DEEP ? 10_000 : 150;

const PLUGINS = ['database-schema', 'ccw', 'synthetic-data'];

interface Held {
  readonly people: number;
  readonly history: number;
  readonly months: number;
  readonly changed_months: number;
  readonly claims: number;
  readonly orphans: number;
}

describe.skipIf(!existsSync(SAMPLES))('a folder that Synthea wrote', () => {
  it('is copied to where the embedded S3 keeps its objects, published and loaded (skipped without the samples)', {
    timeout: 120_000,
  }, async () => {
    await using project = await Project.make({ shipped: PLUGINS });
    await project.configure({
      database: 'embedded',
      s3: 'embedded',
      jobs: {
        'synthetic-data': { enabled: false },
        'synthea-publish': { enabled: true },
        'ccw-rif-load': {
          startup: false,
          schedule: null,
          config: { bucket: 'bfd-ccw', hashing: 'deferred' },
        },
      },
    });
    const bucket = path.join(project.folder, '.bfd/s3/data/bfd-ccw');
    await mkdir(path.join(bucket, 'Synthea'), { recursive: true });
    await cp(SAMPLES, path.join(bucket, 'Synthea/2026-03'), { recursive: true });
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'database-schema', result: 'succeeded' });

    await run(project, 'synthea-publish');
    const { stdout } = await run(project, 'ccw-rif-load');
    await host.stop();

    // 11 years of 3 people, 3 former identities, 89 claims and 18 events; none a second time.
    expect(eventsIn(stdout)).toContainEqual(
      expect.objectContaining({
        event: 'run.finished',
        'counts.dataSets': 1,
        'counts.files': 20,
        'counts.records': 36 + 89 + 18,
      }),
    );
  });
});

describe('made-up data', () => {
  it('loads without a warning, and updates to it make history and change months', {
    timeout: 300_000,
  }, async () => {
    await using project = await Project.make({ shipped: PLUGINS });
    await configure(project, { updates: 0 });
    await run(project, 'database-schema');
    await run(project, 'synthetic-data');
    await run(project, 'ccw-rif-load');
    const loaded = await held(project);

    await configure(project, { updates: 1 });
    await run(project, 'synthetic-data');
    await run(project, 'ccw-rif-load');
    const updated = await held(project);

    expect(loaded).toMatchObject({ people: BENEFICIARIES, changed_months: 0, orphans: 0 });
    const { people, months, claims, orphans } = loaded;
    expect(updated).toMatchObject({ people, months, claims, orphans });
    expect(updated.history).toBeGreaterThan(loaded.history);
    expect(updated.changed_months).toBeGreaterThan(0);
    const { rows } = await project.database.pool.query<{ status: string }>(
      'select status from ccw.s3_manifest_files',
    );
    expect(rows.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  // generate-file.test.ts in the plugin shows the same of fewer people, without a host.
  it.runIf(IS_DEEP)(
    'is the same byte for byte when it is made elsewhere from the same seed',
    {
      timeout: 300_000,
    },
    async () => {
      const made = [];
      for (let time = 0; time < 2; time++) {
        await using project = await Project.make({ shipped: PLUGINS });
        await configure(project, { updates: 1 });
        await run(project, 'synthetic-data');
        made.push(await digestsIn(project));
      }

      // Three years and nine other types; the updates have one year and no history of their own.
      expect(made[0]).toHaveLength(12 + 9);
      expect(made[1]).toEqual(made[0]);
    },
  );
});

/** MD5 of each file but the manifests, which tell when they were made. */
async function digestsIn({ bucket: { client, name } }: Project): Promise<string[]> {
  const { Contents = [] } = await client.listObjectsV2({ Bucket: name });
  const keys = Contents.map(({ Key = '' }) => Key).filter((key) => key.endsWith('.csv'));
  return Promise.all(
    keys.map(async (Key) => {
      const { Metadata } = await client.headObject({ Bucket: name, Key });
      return `${path.basename(Key)} ${Metadata?.['md5chksum']}`;
    }),
  );
}

function configure(project: Project, { updates }: { readonly updates: number }): Promise<void> {
  const { name: bucket } = project.bucket;
  return project.configure({
    jobs: {
      'synthetic-data': {
        enabled: true,
        config: { bucket, beneficiaries: BENEFICIARIES, updates },
      },
      'ccw-rif-load': { config: { bucket, hashing: 'deferred' } },
    },
  });
}

/** Runs a job that has to find work, and to say nothing that a person should look at. */
async function run(project: Project, job: string): Promise<Finished> {
  const finished = await project.command('run', job, '--json');
  expect(finished).toMatchObject({ exitCode: 0, stderr: '' });
  expect(finished.stdout).toContain('work-done');
  expect(finished.stdout).not.toMatch(/"level":"(warn|error)"/);
  return finished;
}

function eventsIn(stdout: string): Readonly<Record<string, unknown>>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

async function held({ database }: Project): Promise<Held> {
  const { rows } = await database.pool.query<Held>(`
    select (select count(*)::int from ccw.beneficiaries) as people,
           (select count(*)::int from ccw.beneficiaries_history) as history,
           (select count(*)::int from ccw.beneficiary_monthly) as months,
           (select count(*)::int from ccw.beneficiary_monthly_audit) as changed_months,
           (select count(*)::int from ccw.carrier_claims) as claims,
           (select count(*)::int from ccw.orphans) as orphans`);
  return rows[0] as Held;
}
