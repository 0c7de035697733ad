// A data set that all hosts load: beneficiaries first and in the run itself, since all else refers to them, then each other
// type as an item of its own.

import { type ItemsSettled, PermanentError, type Place, type SafeText, safe } from '@bfd-host/sdk';
import { DataSetProgress } from './data-set-progress.ts';
import {
  type DataSetTools,
  type FileOfDataSet,
  OTHER_TYPES,
  openFilesOf,
} from './load-data-set.ts';
import { type LoadedType, loadType } from './load-type.ts';
import { readLoadedType, type TypeItem } from './type-item.ts';

export interface DataSetToSpread {
  readonly manifestId: string;
  /** Of its manifest. */
  readonly file: SafeText;
  readonly files: readonly FileOfDataSet[];
}

/**
 * Loads what is not loaded yet of a data set's files. Types that cannot be loaded keep no other from being loaded.
 *
 * @throws the error of the first file of beneficiaries that cannot be loaded
 * @throws PermanentError `BFD_CCW_TYPES_FAILED` once all other types were tried
 */
export async function spreadDataSet(
  { typesAtOnce, ...tools }: DataSetTools,
  { manifestId, file, files }: DataSetToSpread,
): Promise<LoadedType[]> {
  const { ctx, log } = tools;
  const first = openFilesOf('BENEFICIARY', files);
  const progress = new DataSetProgress(
    ctx,
    files.filter(({ type }) => type === 'BENEFICIARY'),
  );
  const beneficiaries = await loadType({ ...tools, progress }, 'BENEFICIARY', first);

  const types = OTHER_TYPES.filter((type) => openFilesOf(type, files).length > 0);
  if (types.length === 0) return [beneficiaries];
  log.info('other types go to all hosts', { types: types.length });
  const items = types.map((type): TypeItem => ({ manifestId, type }));
  const { failed, results } = await ctx.forEach(items, { concurrency: typesAtOnce });
  if (failed.length > 0) throw typesFailed(failed, items, { file, files });
  return [beneficiaries, ...results.map(readLoadedType)];
}

// Permanent: each type was tried as often as the job's retries say.
function typesFailed(
  failed: ItemsSettled['failed'],
  items: readonly TypeItem[],
  { file, files }: Pick<DataSetToSpread, 'file' | 'files'>,
): PermanentError {
  const types = failed.flatMap(({ index, code }): Place[] => {
    const { type } = items[index] ?? {};
    if (!type) return [];
    const [open] = openFilesOf(type, files);
    return [{ code, file, column: safe.name(`entry-${open?.fileIndex ?? 0}:${type}`) }];
  });
  const [first] = types;
  return new PermanentError(
    'BFD_CCW_TYPES_FAILED',
    'Of the data set of {file} {failed} of {types} types could not be loaded, first {entry} ({problem}). Each is listed with its code, then what their files have wrong; the events item.failed of the hosts that worked on them say all of it. The other types are loaded. Correct what is wrong; the next run goes on with what is missing.',
    {
      file,
      failed: failed.length,
      types: items.length,
      entry: first?.column ?? safe.name('none'),
      problem: safe.name(first?.code ?? 'none'),
    },
    { places: [...types, ...failed.flatMap(({ places = [] }) => places)] },
  );
}
