// A job under test: run as often as a test likes, in a real process, against a real database and a real bucket.

import type { Json } from '@bfd-host/sdk';
import type { FreshBucket, FreshDatabase } from './fresh.ts';
import { hostParts } from './host-parts.ts';
import { JobSite, type RunToMake } from './job-site.ts';
import type { JobToTest, JsonObject } from './job-to-test.ts';
import { testProject } from './test-project.ts';
import type { TestRun } from './test-run.ts';
import { TestkitError } from './testkit-error.ts';

/** A stretch of time; texts as `Date` reads them. */
export interface Stretch {
  readonly from: string | Date;
  readonly to: string | Date;
}

/** A moment of a job's schedule. */
export interface PlannedFire {
  readonly at: Date;
  /** `gap-end`: its wall time is skipped that day; `second-pass`: the clock shows it again. */
  readonly clockChange?: 'gap-end' | 'second-pass';
}

export interface TestJob extends AsyncDisposable {
  /** The job's name. */
  readonly name: string;
  readonly database: FreshDatabase;
  readonly bucket: FreshBucket;

  /** Runs the job once. A run that fails is no error: it says so. One run at a time. */
  run(options?: RunToMake): Promise<TestRun>;

  /** When its schedule fires after `from` up to and including `to`, clock changes and all. Nothing waits. */
  fires(stretch: Stretch): Promise<PlannedFire[]>;

  /** Runs the job once for each fire of the stretch, one after the other, without waiting for the time to come. */
  runOnSchedule(stretch: Stretch): Promise<TestRun[]>;

  /** Changes its configuration for the runs that follow. */
  configure(config: JsonObject): Promise<void>;

  /** Puts objects into the bucket, by key. */
  put(objects: Readonly<Record<string, string | Uint8Array>>): Promise<void>;

  /** Rows that a statement returns. */
  rows<Row extends object = Record<string, unknown>>(
    statement: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;

  /** What the job has stored, by key. */
  checkpoints(): Promise<Record<string, Json>>;
}

/**
 * Opens a job for a test. What it depends on is not looked at; everything else is as in a host: its process has as
 * little rights, its configuration is checked, its runs are recorded.
 *
 * @throws the builder's error when the plugin does not build, the host's when the configuration is wrong
 * @example
 * await using job = await testJob({
 *   plugin: import.meta.dirname,
 *   config: ({ bucket }) => ({ bucket: bucket.name }),
 *   sql: 'create schema acme; create table acme.person (id int primary key, name text)',
 *   objects: { 'Incoming/people.csv': 'id,name\n1,Ada\n' },
 * });
 * expect(await job.run()).toMatchObject({ outcome: 'work-done', counts: { rows: 1 } });
 * expect(await job.rows('select * from acme.person')).toEqual([{ id: 1, name: 'Ada' }]);
 */
export async function testJob(toTest: JobToTest): Promise<TestJob> {
  await using opening = new AsyncDisposableStack();
  const project = opening.use(await testProject());
  const site = opening.use(await JobSite.open(toTest, project));
  return new OpenTestJob(site, opening.move());
}

class OpenTestJob implements TestJob {
  readonly #site: JobSite;
  readonly #resources: AsyncDisposableStack;

  constructor(site: JobSite, resources: AsyncDisposableStack) {
    this.#site = site;
    this.#resources = resources;
  }

  get name(): string {
    return this.#site.job.name;
  }

  get database(): FreshDatabase {
    return this.#site.project.database;
  }

  get bucket(): FreshBucket {
    return this.#site.project.bucket;
  }

  run(options?: RunToMake): Promise<TestRun> {
    return this.#site.run(options);
  }

  async fires({ from, to }: Stretch): Promise<PlannedFire[]> {
    const { schedule } = this.#site.job;
    if (!schedule) {
      throw new TestkitError(
        'BFD_TESTKIT_SCHEDULE',
        `${this.name} has no schedule, so it never fires. Give @Job one, or run it by hand.`,
      );
    }
    const { FirePlan } = await hostParts();
    const plan = new FirePlan(schedule.cron, schedule.timezone);
    return [...plan.between(new Date(from), new Date(to))];
  }

  async runOnSchedule(stretch: Stretch): Promise<TestRun[]> {
    const runs: TestRun[] = [];
    for (const { at } of await this.fires(stretch)) {
      runs.push(await this.run({ trigger: { kind: 'schedule', scheduledAt: at.toISOString() } }));
    }
    return runs;
  }

  configure(config: JsonObject): Promise<void> {
    return this.#site.configure(config);
  }

  async put(objects: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    const { client, name } = this.bucket;
    for (const [Key, Body] of Object.entries(objects)) {
      await client.putObject({ Bucket: name, Key, Body });
    }
  }

  async rows<Row extends object>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.database.pool.query<Row>(statement, [...values]);
    return rows;
  }

  async checkpoints(): Promise<Record<string, Json>> {
    const rows = await this.rows<{ key: string; value: Json }>(
      'select key, value from bfd_host.checkpoint where job_name = $1 order by key',
      [this.name],
    );
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
