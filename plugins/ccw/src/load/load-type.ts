// The files of one type, one after the other as the manifest lists them: the first INSERT and the last UPDATE of a key win.

import type { RifType } from '@bfd-host/rif';
import { safe } from '@bfd-host/sdk';
import {
  type FileToLoad,
  type KeyRange,
  type LoadedFile,
  type LoadTools,
  loadFile,
} from './load-file.ts';

/** What came of files of one type that were loaded together. */
export interface LoadedType extends Omit<LoadedFile, 'merged'> {
  readonly type: RifType;
  readonly files: number;
  /** Of each file that has it. */
  readonly merged: readonly KeyRange[];
}

/**
 * Loads what is not loaded yet of files of one type.
 *
 * @throws as {@link loadFile}; the files before that one stay loaded
 */
export async function loadType(
  tools: LoadTools,
  type: RifType,
  files: readonly FileToLoad[],
): Promise<LoadedType> {
  const loaded: LoadedFile[] = [];
  for (const file of files) {
    tools.signal.throwIfAborted();
    const done = await loadFile(tools, file);
    loaded.push(done);
    tell(tools, file, done);
  }
  const sum = (count: (file: LoadedFile) => number) =>
    loaded.reduce((total, file) => total + count(file), 0);
  return {
    type,
    files: loaded.length,
    records: sum(({ records }) => records),
    quarantined: sum(({ quarantined }) => quarantined),
    childRows: sum(({ childRows }) => childRows),
    merged: loaded.flatMap(({ merged }) => merged ?? []),
  };
}

function tell({ log }: LoadTools, file: FileToLoad, { records, quarantined }: LoadedFile): void {
  const facts = { file: safe.file(file.key), type: safe.name(file.type) };
  log.info('file loaded', { ...facts, records });
  if (quarantined > 0) {
    log.warn('wrong records left out: see ccw.quarantined_records', {
      ...facts,
      records: quarantined,
    });
  }
}
