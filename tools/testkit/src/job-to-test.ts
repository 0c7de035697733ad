// What a test says of the job it tests: where it is, how it is configured, and what it finds there.

import type { FreshBucket, FreshDatabase } from './fresh.ts';

/** Database and bucket of one test, gone after it. */
export interface TestPlace {
  readonly database: FreshDatabase;
  readonly bucket: FreshBucket;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JobToTest {
  /** The plugin's folder or one below it, such as `import.meta.dirname`. A source is built first. */
  readonly plugin: string;
  /** Which of the plugin's jobs; may be left out when there is only one. */
  readonly job?: string;
  /** `config` of the job in host.config.json; a function where it names the bucket. */
  readonly config?: JsonObject | ((place: TestPlace) => JsonObject);
  /** Settings of the plugin in host.config.json: limits, grants. */
  readonly settings?: JsonObject;
  /** SQL that is run in the new database, as its owner. */
  readonly sql?: string;
  /** Objects that are put into the new bucket, by key. */
  readonly objects?: Readonly<Record<string, string | Uint8Array>>;
  /** Whatever else must be there. */
  readonly prepare?: (place: TestPlace) => Promise<void>;
}

/** Puts into database and bucket what the job is to find there. */
export async function furnish(job: JobToTest, place: TestPlace): Promise<void> {
  const { database, bucket } = place;
  if (job.sql !== undefined) await database.pool.query(job.sql);
  for (const [Key, Body] of Object.entries(job.objects ?? {})) {
    await bucket.client.putObject({ Bucket: bucket.name, Key, Body });
  }
  await job.prepare?.(place);
}
