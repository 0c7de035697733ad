/** Runs the plugin's jobs as the host does, for their tests. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Json,
  Logger,
  Outcome,
  Progress,
  RunContext,
  S3Client,
  UploadOptions,
} from '@bfd-host/sdk';
import type { FreshBucket } from '@bfd-host/testkit';
import pg from 'pg';
import plugin from './plugin.ts';

/** The jobs on a real bucket, with checkpoints that live as long as this object. */
export class Harness implements AsyncDisposable {
  readonly uploads: string[] = [];
  readonly steps: Progress[] = [];
  failAtUpload: number | undefined;
  abortAtProgress: number | undefined;
  /** Called before a checkpoint is stored. */
  atCheckpoint: (() => Promise<unknown>) | undefined;
  readonly checkpoints = new Map<string, Json>();

  private constructor(
    private readonly bucket: FreshBucket,
    private readonly s3: S3Client,
    readonly tempFolder: string,
  ) {}

  static async for(bucket: FreshBucket, s3: S3Client = bucket.client): Promise<Harness> {
    return new Harness(bucket, s3, await mkdtemp(join(tmpdir(), 'synthetic-data-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.s3 !== this.bucket.client) this.s3.destroy();
    await rm(this.tempFolder, { recursive: true });
  }

  async run(
    config: Readonly<Record<string, unknown>>,
    name: 'synthetic-data' | 'synthea-publish' = 'synthetic-data',
  ): Promise<Outcome> {
    const parsed = plugin.parseConfig(name, { bucket: this.bucket.name, ...config });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const job = plugin.create(name, {
      s3: this.s3,
      db: new pg.Pool(), // never connects: the job only asks for it
      config: parsed.value,
      logger: SILENT,
    });
    return job.run(this.context(name));
  }

  private context(job: string): RunContext {
    const stop = new AbortController();
    const notForThisJob = () => Promise.reject(new Error('not for this job'));
    const { checkpoints, tempFolder } = this;
    // `checkpoint` has two forms, which a function with an optional parameter has, too.
    const checkpoint = async (key: string, value?: Json) => {
      if (value === undefined) return checkpoints.get(`${job} ${key}`);
      await this.atCheckpoint?.();
      checkpoints.set(`${job} ${key}`, JSON.parse(JSON.stringify(value)));
      return undefined;
    };
    return {
      runId: '00000000-0000-4000-8000-000000000000',
      attempt: 1,
      trigger: { kind: 'manual', requestedBy: 'test' },
      signal: stop.signal,
      tempFolder,
      fansOut: false,
      workStarts: () => undefined,
      progress: (step) => {
        this.steps.push(step);
        if (this.steps.length === this.abortAtProgress) stop.abort(new Error('stopped'));
      },
      checkpoint: checkpoint as RunContext['checkpoint'],
      transaction: notForThisJob,
      forEach: notForThisJob,
      upload: (bucket, key, body, options) => this.upload(bucket, key, body, options),
    };
  }

  private async upload(
    bucket: string,
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: UploadOptions = {},
  ): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    if (this.uploads.length + 1 === this.failAtUpload) throw new Error('interrupted');
    const { metadata, contentType } = options;
    await this.s3.putObject({
      Bucket: bucket,
      Key: key,
      Body: Buffer.concat(parts),
      ...(metadata ? { Metadata: { ...metadata } } : {}),
      ...(contentType ? { ContentType: contentType } : {}),
    });
    this.uploads.push(key);
  }
}

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A client of the same server under a name that does not give away that it is on this machine. */
export async function clientFromOutside({ endpoint, client }: FreshBucket): Promise<S3Client> {
  const url = new URL(endpoint.endpoint);
  url.hostname = '[::ffff:127.0.0.1]';
  // The class of the testkit's own client: a plugin has only the types of the AWS SDK.
  const S3Class = client.constructor as new (options: object) => S3Client;
  return new S3Class({
    endpoint: url.href,
    region: endpoint.region,
    forcePathStyle: true,
    credentials: await client.config.credentials(),
  });
}
