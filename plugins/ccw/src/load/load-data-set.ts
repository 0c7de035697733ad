// The files of a data set in the order that matters: beneficiaries first, since all else refers to them, and files of one
// type as the manifest lists them. Other types have tables of their own, so several are loaded at a time.

import { RIF_TYPES } from '@bfd-host/rif';
import { safe } from '@bfd-host/sdk';
import { DataSetProgress } from './data-set-progress.ts';
import { type FileToLoad, type LoadedFile, type LoadTools, loadFile } from './load-file.ts';

export interface FileOfDataSet extends FileToLoad {
  readonly isCompleted: boolean;
}

/**
 * Loads what is not loaded yet of a data set's files.
 *
 * @param typesAtOnce - how many types of files are loaded at a time
 * @throws the first error of a file, when no other file is under way any more
 */
export async function loadDataSet(
  tools: Omit<LoadTools, 'progress'>,
  files: readonly FileOfDataSet[],
  typesAtOnce: number,
): Promise<LoadedFile[]> {
  const { ctx } = tools;
  const stop = new AbortController();
  const signal = AbortSignal.any([ctx.signal, stop.signal]);
  const progress = new DataSetProgress(
    ctx,
    sizeOf(files),
    sizeOf(files.filter(({ isCompleted }) => isCompleted)),
  );
  const loaded: LoadedFile[] = [];
  const loadAll = async (ofOneType: readonly FileToLoad[]): Promise<void> => {
    for (const file of ofOneType) {
      signal.throwIfAborted();
      loaded.push(await loadOne({ ...tools, signal, progress }, file));
    }
  };

  const [beneficiaries = [], ...others] = byType(files);
  await loadAll(beneficiaries);
  const queue = others.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const ofOneType of queue) {
      await loadAll(ofOneType).catch((error: unknown) => {
        // Those under way end at their next chunk; what they throw then is a consequence.
        failure ??= { error };
        stop.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: typesAtOnce }, work));
  if (failure) throw failure.error;
  return loaded;
}

async function loadOne(tools: LoadTools, file: FileToLoad): Promise<LoadedFile> {
  const { log } = tools;
  const done = await loadFile(tools, file);
  const facts = { file: safe.file(file.key), type: safe.name(file.type) };
  log.info('file loaded', { ...facts, records: done.records });
  if (done.quarantined > 0) {
    log.warn('wrong records left out: see ccw.quarantined_records', {
      ...facts,
      records: done.quarantined,
    });
  }
  return done;
}

/** Those of each type, BENEFICIARY first even if there are none; completed ones left out. */
function byType(files: readonly FileOfDataSet[]): FileToLoad[][] {
  return RIF_TYPES.map((type) =>
    files
      .filter((file) => file.type === type && !file.isCompleted)
      .sort((one, other) => one.fileIndex - other.fileIndex),
  );
}

function sizeOf(files: readonly FileToLoad[]): number {
  return files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}
