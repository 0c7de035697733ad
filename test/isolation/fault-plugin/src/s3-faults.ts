import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CONFIG,
  inject,
  Job,
  JobError,
  nothingToDo,
  type Outcome,
  PermanentError,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  workDone,
  z,
} from '@bfd-host/sdk';
import { asked } from './asked.ts';

interface S3FaultConfig {
  readonly bucket: string;
}

type Act = (s3: S3Client, ctx: RunContext, bucket: string) => Promise<Outcome>;

@Job({
  name: 'fault-s3',
  version: '1.0.0',
  config: z.object({ bucket: z.string() }),
})
export class S3Fault implements Runnable {
  constructor(
    @inject(CONFIG) private readonly config: S3FaultConfig,
    @inject(S3) private readonly s3: S3Client,
  ) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const act = ACTS[asked(ctx)];
    if (!act) throw new PermanentError('FAULT_UNKNOWN', 'There is no such fault.');
    return act(this.s3, ctx, this.config.bucket);
  }
}

const ACTS: Readonly<Record<string, Act>> = {
  nothing: async () => nothingToDo(),
  'upload and read': async (s3, ctx, bucket) => {
    async function* pieces() {
      for (let piece = 0; piece < 12; piece++) yield Buffer.alloc(1 << 20, piece);
    }
    await ctx.upload(bucket, 'large', pieces(), { metadata: { md5chksum: 'none' } });
    const { Body, Metadata } = await s3.getObject({ Bucket: bucket, Key: 'large' });
    let bytes = 0;
    for await (const chunk of Body as Readable) bytes += chunk.length;
    return workDone({ counts: { bytes, metadata: Metadata?.['md5chksum'] === 'none' ? 1 : 0 } });
  },
  'upload a broken stream': async (_, ctx, bucket) => {
    async function* pieces() {
      yield Buffer.alloc(1 << 20);
      throw new JobError('FAULT_STREAM', 'The stream broke.');
    }
    await ctx.upload(bucket, 'broken', pieces());
    return nothingToDo();
  },
  'read what is not there': async (s3, _, bucket) => {
    await s3.getObject({ Bucket: bucket, Key: 'claims/SMITHERS-1EG4TE5MK73.csv' });
    return nothingToDo();
  },
  'read slowly': async (s3, ctx, bucket) => {
    const { Body } = await s3.getObject({ Bucket: bucket, Key: 'large' });
    ctx.workStarts();
    for await (const _chunk of Body as Readable) await delay(50);
    return nothingToDo();
  },
};
