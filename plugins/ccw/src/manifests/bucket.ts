// What lies in the bucket: the manifests of data sets, and all objects beside them.

import { MANIFEST_FOLDERS, MANIFEST_KEY_PATTERN } from '@bfd-host/rif';
import { JobError, type S3Client, safe } from '@bfd-host/sdk';
import { s3Error } from '../s3-errors.ts';
import { readInstant } from './instant.ts';
import { type Manifest, parseManifest } from './manifest.ts';

export interface FoundManifest {
  readonly key: string;
  /** The key up to and with the slash before the manifest's own name; its data files begin with it. */
  readonly folder: string;
  /** Moment in the key, in milliseconds since 1970. */
  readonly timestamp: number;
  /** Number in the key. */
  readonly sequenceId: number;
}

export interface FoundObject {
  readonly sizeBytes: number;
  readonly etag: string;
}

export interface BucketContents {
  /** Oldest first. */
  readonly manifests: readonly FoundManifest[];
  readonly objects: ReadonlyMap<string, FoundObject>;
}

const DAY_MS = 86_400_000;
/** What a zone in a timestamp, and a clock that goes wrong, may make of a day. */
const MARGIN_DAYS = 2;

/**
 * Lists the Incoming folders. Keys that are no manifest's and belong to none are simply never asked for.
 *
 * @param options.maxAgeDays - folders named by an older day are passed over by S3 itself
 * @throws JobError `BFD_S3_…`
 */
export async function listBucket(
  s3: S3Client,
  bucket: string,
  options: {
    readonly maxAgeDays: number;
    readonly now: number;
    readonly signal: AbortSignal;
    readonly pageSize?: number;
  },
): Promise<BucketContents> {
  const manifests: FoundManifest[] = [];
  const objects = new Map<string, FoundObject>();
  const oldest = new Date(options.now - (options.maxAgeDays + MARGIN_DAYS) * DAY_MS);
  for (const folder of MANIFEST_FOLDERS) {
    let token: string | undefined;
    do {
      const page = await s3
        .listObjectsV2(
          {
            Bucket: bucket,
            Prefix: `${folder}/`,
            StartAfter: `${folder}/${oldest.toISOString().slice(0, 10)}`,
            ...(options.pageSize !== undefined && { MaxKeys: options.pageSize }),
            ...(token !== undefined && { ContinuationToken: token }),
          },
          { abortSignal: options.signal },
        )
        .catch((error: unknown) => {
          throw s3Error(error);
        });
      for (const { Key: key, Size: sizeBytes = 0, ETag: etag = '' } of page.Contents ?? []) {
        if (key === undefined) continue;
        objects.set(key, { sizeBytes, etag });
        const manifest = manifestOf(key);
        if (manifest) manifests.push(manifest);
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }
  return { manifests: manifests.sort(byAge), objects };
}

/** The manifest that a key names; nothing for keys of other objects and for timestamps that are none. */
export function manifestOf(key: string): FoundManifest | undefined {
  const [, , timestampText = '', sequence] = MANIFEST_KEY_PATTERN.exec(key) ?? [];
  const timestamp = readInstant(timestampText);
  if (timestamp === undefined || sequence === undefined) return undefined;
  return {
    key,
    folder: key.slice(0, key.lastIndexOf('/') + 1),
    timestamp,
    sequenceId: Number(sequence),
  };
}

export function byAge(
  one: { readonly timestamp: number; readonly sequenceId: number },
  other: { readonly timestamp: number; readonly sequenceId: number },
): number {
  return one.timestamp - other.timestamp || one.sequenceId - other.sequenceId;
}

const MOST_MANIFEST_BYTES = 1 << 20;

/** Reads manifests, each once as long as the object stays the same. */
export class ManifestReader {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #read = new Map<string, { readonly etag: string; readonly manifest: Manifest }>();

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** @throws JobError `BFD_S3_…`, PermanentError `BFD_MANIFEST_…` */
  async read(
    key: string,
    { etag, sizeBytes }: FoundObject,
    signal: AbortSignal,
  ): Promise<Manifest> {
    const known = this.#read.get(key);
    if (known?.etag === etag) return known.manifest;
    const file = safe.file(key);
    if (sizeBytes > MOST_MANIFEST_BYTES) {
      throw new JobError(
        'BFD_MANIFEST_INVALID',
        'The manifest {file} is larger than {most} bytes, so it is none. Take it away or upload the right one.',
        { file, most: MOST_MANIFEST_BYTES },
        { places: [{ code: 'BFD_MANIFEST_SIZE', file }] },
      );
    }
    const text = await this.#s3
      .getObject({ Bucket: this.#bucket, Key: key }, { abortSignal: signal })
      .then(({ Body }) => Body?.transformToString('utf-8') ?? '')
      .catch((error: unknown) => {
        throw s3Error(error, file);
      });
    const manifest = parseManifest(text, file);
    this.#read.set(key, { etag, manifest });
    return manifest;
  }

  /** Forgets manifests that are not among these. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#read.keys()) if (!keys.has(key)) this.#read.delete(key);
  }
}
