// What a run, or an item of one, is given: the contract of the SDK, put together from services and channel.

import { Readable } from 'node:stream';
import type {
  ItemContext,
  Json,
  Progress,
  RunContext,
  Trigger,
  UploadOptions,
  WorkContext,
} from '@bfd-host/sdk';
import { sqlCondition } from '../sql-conditions.ts';
import { say } from './channel.ts';
import { describeError } from './describe-error.ts';
import { Fenced } from './fenced.ts';
import { workOnItems } from './items.ts';
import { ProgressTeller } from './progress.ts';
import type { RunScope } from './run-scope.ts';
import type { RunServices } from './run-services.ts';
import { RuntimeError } from './runtime-error.ts';

export interface RunFacts {
  readonly runId: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly trigger: Trigger;
}

type ForItem = (item: Json, ctx: ItemContext) => Promise<unknown>;

export interface OpenRun {
  readonly context: RunContext;
  /** Tells what progress was not told yet. */
  flush(): void;
}

export function openRun(
  run: RunFacts,
  scope: RunScope,
  services: RunServices,
  forItem: ForItem | undefined,
): OpenRun {
  const { runId, attempt, trigger } = run;
  const { bundle, spans, tempFolder } = services;
  const fenced = new Fenced(services, services.job, run.epoch);
  const teller = new ProgressTeller(runId, bundle);
  let hasWork = false;

  function workStarts(): void {
    if (hasWork) return;
    hasWork = true;
    say({ type: 'work-starts', runId });
  }

  function checkpoint(key: string): Promise<Json | undefined>;
  function checkpoint(key: string, value: Json): Promise<void>;
  function checkpoint(
    ...given: [string] | [string, Json]
  ): Promise<Json | undefined> | Promise<void> {
    if (given.length === 1) return fenced.read(given[0]);
    workStarts();
    return fenced.write(given[0], given[1]);
  }

  const work: WorkContext = {
    runId,
    attempt,
    signal: scope.signal,
    tempFolder,
    checkpoint,
    transaction: async (inside) => {
      workStarts();
      return fenced.transaction(inside);
    },
    upload: (bucket, key, body, options) =>
      spans.within('job.upload', () => upload(services, scope, { bucket, key, body, options })),
  };

  const context: RunContext = {
    ...work,
    trigger,
    workStarts,
    progress: (progress: Progress) => {
      workStarts();
      teller.report(progress);
    },
    forEach: async (items, options = {}) => {
      if (!forItem) throw new RuntimeError('BFD_NO_FOR_ITEM');
      return workOnItems(items, options, {
        signal: scope.signal,
        work: (item, index) =>
          spans.within('job.item', () => forItem(item, Object.freeze({ ...work, index })), {
            'bfd.item.index': index,
          }),
        codeOf: (error) => itemCode(error, services),
      });
    },
  };
  return { context: Object.freeze(context), flush: () => teller.flush() };
}

interface UploadCall {
  readonly bucket: string;
  readonly key: string;
  readonly body: Readable | AsyncIterable<Uint8Array>;
  readonly options: UploadOptions | undefined;
}

async function upload(
  { s3 }: RunServices,
  scope: RunScope,
  { bucket, key, body, options = {} }: UploadCall,
): Promise<void> {
  if (!s3) throw new RuntimeError('BFD_NO_S3');
  const { contentType, metadata } = options;
  const request = {
    Bucket: bucket,
    Key: key,
    Body: body instanceof Readable ? body : Readable.from(body, { objectMode: false }),
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
  };
  await s3.upload(request, scope.signal);
}

// The code alone: what else an item's error says stays with the item.
function itemCode(error: unknown, services: RunServices): string {
  const facts = describeError(error, services);
  switch (facts.source) {
    case 'job':
      return facts.code ?? 'BFD_JOB_ERROR';
    case 'runtime':
      return facts.code;
    case 'sql':
      return `BFD_SQL_${sqlCondition(facts.sql.state).name}`;
    case 's3':
      return 'BFD_S3_ERROR';
    case 'system':
      return `BFD_SYSTEM_${facts.code.replace(/^ERR_/, '')}`;
    case 'other':
      return 'BFD_JOB_THREW';
  }
}
