// The main job through the whole: objects in S3, a real host process, the built plugins, rows in PostgreSQL.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { manifestKey, manifestXml, RIF_LAYOUTS, type RifType } from '@bfd-host/rif';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { Project } from '../support/project.ts';

const SAMPLES = new URL('../../../shared/bfd/rif-samples/', import.meta.url);
const HAS_SAMPLES = existsSync(SAMPLES);

/** The pepper of the original's loader tests, and their two iterations. */
const HASHING = {
  hashing: 'inline',
  pepper: Buffer.from('nottherealpepper').toString('hex'),
  iterations: 2,
};

interface Sample {
  readonly file: string;
  readonly record_type: RifType;
  readonly data_rows: string;
  readonly records: string;
}

const ALL: Sample[] = HAS_SAMPLES
  ? parse(readFileSync(new URL('expected-record-counts.csv', SAMPLES)), { columns: true })
  : [];
const STATIC = ALL.filter(({ file }) => file.startsWith('rif-static-samples/'));
const SYNTHEA = ALL.filter(({ file }) => file.startsWith('rif-synthea/'));

let migrated: Promise<string> | undefined;

/** Name of a database after its first `bfd-host run database-schema`. Made once, and left to the end of all tests. */
async function migratedDatabase(): Promise<string> {
  const project = await Project.make({ shipped: ['database-schema'] });
  const { exitCode, stderr } = await project.command('run', 'database-schema');
  if (exitCode !== 0) throw new Error(stderr);
  await project.database.pool.end();
  return new URL(project.database.url).pathname.slice(1);
}

/** A project with the schema made, the load configured for its bucket, and nothing loaded. */
async function loadProject(): Promise<Project> {
  migrated ??= migratedDatabase();
  const template = await migrated;
  const project = await Project.make({ shipped: ['database-schema', 'ccw'], template });
  await project.configure({
    jobs: { 'ccw-rif-load': { config: { bucket: project.bucket.name, ...HASHING } } },
  });
  return project;
}

async function send(project: Project, samples: readonly Sample[], timestamp: string) {
  const { client, name: Bucket } = project.bucket;
  const key = manifestKey('Incoming', timestamp, 0);
  const entries = samples.map(({ file, record_type: type }) => ({
    name: file.replace(/^.*\//, ''),
    type,
  }));
  for (const [index, { file }] of samples.entries()) {
    const Body = readFileSync(new URL(file, SAMPLES));
    const md5chksum = createHash('md5').update(Body).digest('base64');
    const Key = key.replace(/[^/]*$/, entries[index]?.name ?? '');
    await client.putObject({ Bucket, Key, Body, Metadata: { md5chksum } });
  }
  const Body = manifestXml({ timestamp, sequenceId: 0, entries });
  await client.putObject({ Bucket, Key: key, Body });
}

async function counts(project: Project): Promise<Record<string, number>> {
  const tables = Object.values(RIF_LAYOUTS).flatMap(({ table, lines }) =>
    lines ? [table, lines.table] : [table],
  );
  const found: Record<string, number> = {};
  for (const table of [...tables, 'ccw.beneficiary_monthly']) {
    const { rows } = await project.database.pool.query(`select count(*)::int as n from ${table}`);
    if (rows[0].n > 0) found[table.replace('ccw.', '')] = rows[0].n;
  }
  return found;
}

/** A digest of all rows but for `last_updated`. */
async function contents(project: Project): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of Object.keys(await counts(project))) {
    const { rows } = await project.database.pool.query(
      `select md5(string_agg(line, ';' order by line)) as digest
         from (select (to_jsonb(t) - '{last_updated,source_manifest_id,source_file_index}'::text[])::text as line
                 from ccw.${table} t) as lines`,
    );
    digests[table] = rows[0].digest;
  }
  return digests;
}

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}

describe.skipIf(!HAS_SAMPLES)("the original's samples (skipped where they are not)", () => {
  it.each(STATIC)(
    '$file loads into a fresh database',
    async (sample) => {
      await using project = await loadProject();
      await send(project, [sample], hoursAgo(1));

      expect(await project.command('run', 'ccw-rif-load')).toMatchObject({ exitCode: 0 });

      const { table, lines } = RIF_LAYOUTS[sample.record_type];
      const found = await counts(project);
      // Six of the rows are updates of one beneficiary.
      const records = sample.record_type === 'BENEFICIARY' ? 1 : Number(sample.records);
      expect(found[table.replace('ccw.', '')]).toBe(records);
      if (lines) expect(found[lines.table.replace('ccw.', '')]).toBe(Number(sample.data_rows));
    },
    60_000,
  );

  it('of Synthea load in year order; sent again, and under a new timestamp, they change nothing', async () => {
    await using project = await loadProject();
    const timestamp = hoursAgo(2);
    await send(project, SYNTHEA, timestamp);
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'ccw-rif-load', result: 'succeeded' });

    expect(await counts(project)).toEqual({
      beneficiaries: 3,
      beneficiary_monthly: 339,
      beneficiaries_history: 3,
      carrier_claims: 37,
      carrier_claim_lines: 221,
      dme_claims: 1,
      dme_claim_lines: 1,
      hha_claims: 14,
      hha_claim_lines: 15,
      hospice_claims: 1,
      hospice_claim_lines: 8,
      inpatient_claims: 16,
      inpatient_claim_lines: 16,
      outpatient_claims: 19,
      outpatient_claim_lines: 19,
      snf_claims: 1,
      snf_claim_lines: 67,
      partd_events: 18,
    });
    const before = await contents(project);
    await host.stop();

    await send(project, SYNTHEA, timestamp);
    expect((await project.command('run', 'ccw-rif-load', '--json')).stdout).not.toContain(
      'run.started',
    );
    await send(project, SYNTHEA, hoursAgo(1));
    expect((await project.command('run', 'ccw-rif-load', '--json')).stdout).toContain('work-done');

    expect(await contents(project)).toEqual(before);
  }, 150_000);
});

describe('the newcomer', () => {
  it('sees made-up data loaded by the shipped jobs, once', async () => {
    await using project = await Project.make({
      shipped: ['database-schema', 'ccw', 'synthetic-data'],
    });
    const { name: bucket } = project.bucket;
    const config = {
      jobs: {
        'synthetic-data': { enabled: true, config: { bucket, beneficiaries: 20 } },
        'ccw-rif-load': { config: { bucket, hashing: 'deferred' }, schedule: '* * * * * *' },
        'beneficiary-mbi-fixup': { enabled: false },
        'beneficiary-history-mbi-fixup': { enabled: false },
      },
    };
    await project.configure(config);

    const first = project.start();
    const load = await first.waitFor({
      event: 'run.finished',
      job: 'ccw-rif-load',
      result: 'succeeded',
    });
    await first.stop();
    const found = await counts(project);
    expect(Object.keys(found)).toHaveLength(18);
    const made = await first.waitFor({ event: 'run.finished', job: 'synthetic-data' });
    expect(load).toMatchObject({ 'counts.dataSets': 1, 'counts.files': made['counts.files'] });

    const second = project.start();
    await second.waitFor({ event: 'host.started' });
    await expect
      .poll(
        async () => {
          const { jobs } = await project.json<{
            jobs: { job: string; nothingToDoStreak: number }[];
          }>('jobs');
          return jobs.find(({ job }) => job === 'ccw-rif-load')?.nothingToDoStreak;
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThan(0);
    expect(second.events.filter(({ event }) => event === 'run.started')).toEqual([]);
    expect(await counts(project)).toEqual(found);
  }, 150_000);
});
