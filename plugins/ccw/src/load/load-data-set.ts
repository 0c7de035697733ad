// The files of a data set in the order that matters: beneficiaries first, since all else refers to them. Other types have
// tables of their own, so several are loaded at a time.

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import type { RunContext } from '@bfd-host/sdk';
import { DataSetProgress } from './data-set-progress.ts';
import type { FileToLoad, LoadTools } from './load-file.ts';
import { type LoadedType, loadType } from './load-type.ts';

export interface FileOfDataSet extends FileToLoad {
  readonly sizeBytes: number;
  readonly isCompleted: boolean;
}

export interface DataSetTools extends Omit<LoadTools, 'progress' | 'ctx'> {
  readonly ctx: RunContext;
  /** How many types of files a process loads at a time. */
  readonly typesAtOnce: number;
}

/**
 * Loads what is not loaded yet of a data set's files.
 *
 * @throws the first error of a file, when no other file is under way any more
 */
export async function loadDataSet(
  tools: DataSetTools,
  files: readonly FileOfDataSet[],
): Promise<LoadedType[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([tools.signal, stop.signal]);
  const progress = new DataSetProgress(tools.ctx, files);
  const loaded: LoadedType[] = [];
  const load = async (type: RifType): Promise<void> => {
    const open = openFilesOf(type, files);
    loaded.push(await loadType({ ...tools, signal, progress }, type, open));
  };

  await load('BENEFICIARY');
  const queue = OTHER_TYPES.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const type of queue) {
      await load(type).catch((error: unknown) => {
        // Those under way end at their next chunk; what they throw then is a consequence.
        failure ??= { error };
        stop.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: tools.typesAtOnce }, work));
  if (failure) throw failure.error;
  return loaded;
}

/** Types that may be loaded side by side, once beneficiaries are there. */
export const OTHER_TYPES = RIF_TYPES.filter((type) => type !== 'BENEFICIARY');

/** Files that are not loaded, as the manifest lists them. */
export function openFilesOf(type: RifType, files: readonly FileOfDataSet[]): FileOfDataSet[] {
  return files
    .filter((file) => file.type === type && !file.isCompleted)
    .sort((one, other) => one.fileIndex - other.fileIndex);
}
