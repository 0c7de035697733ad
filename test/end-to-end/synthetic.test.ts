// Made-up data on its whole way: published, loaded, updated.

import { describe, expect, it } from 'vitest';
import { Project } from '../support/project.ts';

const BENEFICIARIES = process.env['BFD_DEEP'] ? 10_000 : 150;

interface Held {
  readonly people: number;
  readonly history: number;
  readonly months: number;
  readonly changed_months: number;
  readonly claims: number;
  readonly orphans: number;
}

describe('made-up data', () => {
  it('loads without a warning, and updates to it make history and change months', {
    timeout: 300_000,
  }, async () => {
    await using project = await Project.make({
      shipped: ['database-schema', 'ccw', 'synthetic-data'],
    });
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
});

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
async function run(project: Project, job: string): Promise<void> {
  const { stdout, stderr, exitCode } = await project.command('run', job, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('work-done');
  expect(stdout).not.toMatch(/"level":"(warn|error)"/);
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
