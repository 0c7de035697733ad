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
import type { ErrorFacts, WorkItem } from '../protocol.ts';
import { sqlCondition } from '../sql-conditions.ts';
import { say } from './channel.ts';
import { describeError } from './describe-error.ts';
import { Fenced } from './fenced.ts';
import type { HostItems } from './host-items.ts';
import { ItemOutcomes } from './item-outcomes.ts';
import { placesOfFacts } from './item-places.ts';
import { type ItemFailure, workOnItems } from './items.ts';
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

export type ForItem = (item: Json, ctx: ItemContext) => Promise<unknown>;

export interface OpenRun {
  readonly context: RunContext;
  /** Tells what progress was not told yet. */
  flush(): void;
}

/** @param hostItems - works on items in place of this process */
export function openRun(
  run: RunFacts,
  scope: RunScope,
  services: RunServices,
  { forItem, hostItems }: { forItem: ForItem | undefined; hostItems: HostItems | undefined },
): OpenRun {
  const { runId, attempt, trigger } = run;
  const teller = new ProgressTeller(runId, services.bundle);
  let hasWork = false;

  function workStarts(): void {
    if (hasWork) return;
    hasWork = true;
    say({ type: 'work-starts', runId });
  }

  const work = workContext({ ...run, attempt }, scope, services, workStarts);
  const context: RunContext = {
    ...work,
    trigger,
    fansOut: hostItems !== undefined,
    workStarts,
    progress: (progress: Progress) => {
      workStarts();
      teller.report(progress);
    },
    forEach: async (items, options = {}) => {
      if (!forItem) throw new RuntimeError('BFD_NO_FOR_ITEM');
      if (hostItems) {
        workStarts();
        return hostItems.forEach(items, options);
      }
      return workOnItems(items, options, {
        signal: scope.signal,
        work: (item, index) => workOnItem(forItem, item, { ...work, index }, services),
        failureOf: (error) => itemFailure(error, services),
      });
    },
  };
  return { context: Object.freeze(context), flush: () => teller.flush() };
}

/** Works on items that the host gave, each as another run would; tells of each as it ends. */
export async function workOnGiven(
  given: { readonly runId: string; readonly epoch: number; readonly concurrency?: number },
  items: readonly WorkItem[],
  scope: RunScope,
  services: RunServices,
  forItem: ForItem | undefined,
): Promise<void> {
  if (!forItem) throw new RuntimeError('BFD_NO_FOR_ITEM');
  const outcomes = new ItemOutcomes(given.runId);
  const { concurrency } = given;
  const indexOf = (place: number) => items[place]?.index ?? place;
  try {
    await workOnItems(
      items.map(({ item }) => item),
      concurrency === undefined ? {} : { concurrency },
      {
        signal: scope.signal,
        work: (item, place) => {
          const attempt = items[place]?.attempt ?? 1;
          const work = workContext({ ...given, attempt }, scope, services, () => {});
          return workOnItem(forItem, item, { ...work, index: indexOf(place) }, services);
        },
        failureOf: () => ({ code: '', places: [] }), // listed by the host, of what it is told
        onOver: (place, outcome) => {
          const index = indexOf(place);
          if ('result' in outcome) outcomes.add({ index, result: outcome.result });
          // What fails after the signal fails because of it, and is tried again as if it had not begun.
          else if (!scope.signal.aborted)
            outcomes.add({ index, error: describeError(outcome.error, services) });
        },
      },
    );
  } finally {
    outcomes.flush();
  }
}

function workOnItem(
  forItem: ForItem,
  item: Json,
  context: ItemContext,
  { spans }: RunServices,
): Promise<unknown> {
  const attributes = { 'bfd.item.index': context.index };
  return spans.within('job.item', () => forItem(item, Object.freeze(context)), attributes);
}

function workContext(
  { runId, attempt, epoch }: Omit<RunFacts, 'trigger'>,
  scope: RunScope,
  services: RunServices,
  workStarts: () => void,
): WorkContext {
  const { spans, tempFolder } = services;
  const fenced = new Fenced(services, services.job, epoch);

  function checkpoint(key: string): Promise<Json | undefined>;
  function checkpoint(key: string, value: Json): Promise<void>;
  function checkpoint(
    ...given: [string] | [string, Json]
  ): Promise<Json | undefined> | Promise<void> {
    if (given.length === 1) return fenced.read(given[0]);
    workStarts();
    return fenced.write(given[0], given[1]);
  }

  return {
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

// Code and places: what else an item's error says stays with the item.
function itemFailure(error: unknown, services: RunServices): ItemFailure {
  const facts = describeError(error, services);
  return { code: itemCode(facts), places: placesOfFacts(facts) };
}

function itemCode(facts: ErrorFacts): string {
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
