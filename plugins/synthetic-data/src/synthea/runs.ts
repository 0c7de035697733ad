/** What Synthea's BFD exporter left in a bucket: the files of each run, which lie in a folder of its own. */

import { createHash } from 'node:crypto';
import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import type { S3Client } from '@bfd-host/sdk';

export interface RunFile {
  readonly key: string;
  /** Without folders. */
  readonly name: string;
  readonly type: RifType;
  readonly sizeBytes: number;
  readonly etag: string;
}

/** The output of one run. */
export interface SyntheaRun {
  /** Key up to and with the last slash. */
  readonly folder: string;
  /** In load order. */
  readonly files: readonly RunFile[];
  /** Key of `end_state.properties`, if there is one. */
  readonly endState: string | undefined;
  /** Files that are neither RIF nor known to come with it. */
  readonly unknown: number;
  /** Another one for other files. */
  readonly digest: string;
}

/** Written beside the RIF files, and not loaded. */
const NOT_LOADED =
  /^(end_state.*\.properties|export_summary\.csv|missing_codes\.csv|npi\.tsv|manifest\.xml)$/;

interface Found {
  readonly name: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
}

/**
 * Finds runs below a prefix, by folder in alphabetical order.
 *
 * @example
 * const [run] = await findRuns(s3, 'bfd-ccw', 'Synthea/', signal);
 */
export async function findRuns(
  s3: S3Client,
  bucket: string,
  prefix: string,
  abortSignal: AbortSignal,
): Promise<SyntheaRun[]> {
  const folders = new Map<string, Found[]>();
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2(
      { Bucket: bucket, Prefix: prefix, ...(token !== undefined && { ContinuationToken: token }) },
      { abortSignal },
    );
    for (const { Key: key = '', Size: sizeBytes = 0, ETag: etag = '' } of page.Contents ?? []) {
      const end = key.lastIndexOf('/') + 1;
      const found = { name: key.slice(end), key, sizeBytes, etag };
      const folder = key.slice(0, end);
      folders.set(folder, [...(folders.get(folder) ?? []), found]);
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, found]) => runOf(folder, found))
    .filter(({ files }) => files.length > 0);
}

function runOf(folder: string, found: readonly Found[]): SyntheaRun {
  const files = found
    .flatMap((file): RunFile[] => {
      const type = typeOf(file.name);
      return type === undefined ? [] : [{ ...file, type }];
    })
    // Types in load order; years of one type are in alphabetical order, too.
    .sort((a, b) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1));
  const identity = files.map(({ name, sizeBytes, etag }) => [name, sizeBytes, etag]);
  return {
    folder,
    files,
    endState: found.find(({ name }) => name === 'end_state.properties')?.key,
    unknown: found.filter(({ name }) => !(typeOf(name) || NOT_LOADED.test(name) || name === ''))
      .length,
    digest: createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32),
  };
}

const placeOf = ({ type }: RunFile): number => RIF_TYPES.indexOf(type);

/** The type of a file by the name that Synthea gives it. */
function typeOf(name: string): RifType | undefined {
  if (/^beneficiary_\d{4}\.csv$/.test(name)) return 'BENEFICIARY';
  return RIF_TYPES.find((type) => type !== 'BENEFICIARY' && name === `${type.toLowerCase()}.csv`);
}
