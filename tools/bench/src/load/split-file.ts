// A RIF file split into what COPY takes for each table, so that COPY has nothing else to do. Split by the load's own
// readers: both sides of a comparison store the same bytes.

import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { RIF_LAYOUTS } from '@bfd-host/rif';
import { safe } from '@bfd-host/sdk';
import { tableStatements } from '../../../../plugins/ccw/src/load/table-statements.ts';
import { Chunk } from '../../../../plugins/ccw/src/rif/chunk.ts';
import type { FilePlan } from '../../../../plugins/ccw/src/rif/file-plan.ts';
import { FileProgress } from '../../../../plugins/ccw/src/rif/file-progress.ts';
import { FileReader } from '../../../../plugins/ccw/src/rif/file-reader.ts';
import type { RifFile } from './rif-file.ts';

/** Files to be copied one after the other, over one connection. */
export type CopyJob = readonly {
  readonly statement: string;
  readonly path: string;
  readonly bytes: number;
}[];

const CHUNK_BYTES = 1 << 20;

/**
 * Splits a file into so many jobs of equal size. A claim and its lines are in the same one.
 *
 * @example
 * const [whole] = await splitRifFile(file, 1);
 */
export async function splitRifFile(file: RifFile, jobs: number): Promise<CopyJob[]> {
  const layout = RIF_LAYOUTS[file.type];
  const outs = Array.from({ length: jobs }, (_, job) => ({
    records: createWriteStream(`${file.path}.${jobs}.${job}.records`),
    children: createWriteStream(`${file.path}.${jobs}.${job}.children`),
  }));
  let plan: FilePlan | undefined;
  const chunk = [new Chunk(), new Chunk()];
  const reader = new FileReader({
    layout,
    file: safe.file(file.name),
    progress: new FileProgress([]),
    withHashes: false,
    onRowError: { kind: 'fail' },
    chunkBytes: CHUNK_BYTES,
    begin: (made) => {
      plan = made;
      return {
        take: () => chunk.pop() ?? new Chunk(),
        release: (used) => chunk.push(used),
        submit: async (full) => {
          const out = outs[Math.min(jobs - 1, Math.floor((full.firstByte / file.bytes) * jobs))];
          if (!out) throw new RangeError('no such job');
          await write(out.records, full.records.subarray(0, full.recordsEnd));
          await write(out.children, full.children.subarray(0, full.childrenEnd));
          chunk.push(full);
        },
      };
    },
  });
  for await (const part of createReadStream(file.path, { highWaterMark: 1 << 20 }))
    await reader.push(part);
  await reader.end(() => undefined);
  if (!plan) throw new Error('the file has no header');
  const { copyRecords, copyChildren } = tableStatements(plan);
  return Promise.all(
    outs.map(async ({ records, children }) => [
      await finished(records, copyRecords),
      ...(copyChildren === undefined ? [] : [await finished(children, copyChildren)]),
    ]),
  );
}

// Copied, since the chunk is used again before the file system has taken it.
async function write(out: WriteStream, bytes: Buffer): Promise<void> {
  if (!out.write(Buffer.from(bytes))) await once(out, 'drain');
}

async function finished(out: WriteStream, statement: string): Promise<CopyJob[number]> {
  out.end();
  await once(out, 'close');
  const path = String(out.path);
  return { statement, path, bytes: (await stat(path)).size };
}
