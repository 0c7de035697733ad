// Which data set comes next: the oldest that is not done. A data set whose files are not all there holds up the later
// ones, because later data sets update what earlier ones insert; nobody sits and waits, the next run looks again.

import type { RifType } from '@bfd-host/rif';
import { JobError, type Logger, type Pool, type S3Client, safe } from '@bfd-host/sdk';
import {
  type BucketContents,
  byAge,
  type FoundManifest,
  listBucket,
  ManifestReader,
} from './bucket.ts';
import { type DataSet, discover, findManifests, type KnownManifests } from './data-set-state.ts';
import type { Manifest } from './manifest.ts';

/** Manifests looked at in one scan; the rest wait for the next. */
const MOST_MANIFESTS = 500;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface DataSetSettings {
  readonly bucket: string;
  readonly maxAgeDays: number;
  readonly waitForFilesMinutes: number;
  readonly allowedType?: RifType | undefined;
}

export interface Scan {
  /** The data set to load, if there is one. */
  readonly next: DataSet | undefined;
  readonly contents: BucketContents;
  readonly known: KnownManifests;
}

/** A manifest as read, or why it could not be. */
interface Candidate {
  readonly found: FoundManifest;
  /** Orders it among the others: what the document says, or the key if the document cannot be read. */
  readonly timestamp: number;
  readonly sequenceId: number;
  readonly manifest?: Manifest;
  readonly error?: unknown;
}

export class DataSetQueue {
  readonly #db: Pool;
  readonly #s3: S3Client;
  readonly #log: Logger;
  readonly #settings: DataSetSettings;
  readonly #reader: ManifestReader;
  /** Manifests of which it was told that they wait. */
  readonly #told = new Set<string>();

  constructor(db: Pool, s3: S3Client, log: Logger, settings: DataSetSettings) {
    this.#db = db;
    this.#s3 = s3;
    this.#log = log;
    this.#settings = settings;
    this.#reader = new ManifestReader(s3, settings.bucket);
  }

  /**
   * Looks once. When nothing has changed it costs a listing of each folder, a query and no write.
   *
   * @throws JobError `BFD_S3_FILES_MISSING` when the next data set has waited too long for its files
   * @throws the error of its manifest, if the next one cannot be read
   */
  async scan(signal: AbortSignal): Promise<Scan> {
    const { bucket, maxAgeDays } = this.#settings;
    const contents = await listBucket(this.#s3, bucket, { maxAgeDays, now: Date.now(), signal });
    const keys = contents.manifests.map(({ key }) => key);
    const known = await findManifests(this.#db, keys);
    this.#reader.keepOnly(new Set(keys));
    const candidates = await this.#candidates(contents, known, signal);
    for (const candidate of candidates) {
      if (candidate.error !== undefined) throw candidate.error;
      const { found, manifest } = candidate;
      if (!manifest || !this.#isEligible(manifest, known.now)) continue;
      const dataSet = await discover(this.#db, found, manifest, known.byKey.has(found.key));
      if (!this.#isComplete(dataSet, contents)) return { next: undefined, contents, known };
      return { next: dataSet, contents, known };
    }
    return { next: undefined, contents, known };
  }

  async #candidates(
    { manifests, objects }: BucketContents,
    known: KnownManifests,
    signal: AbortSignal,
  ): Promise<Candidate[]> {
    const open = manifests.filter(({ key, timestamp }) => {
      const status = known.byKey.get(key)?.status;
      const isDone = status === 'COMPLETED' || status === 'REJECTED';
      return !isDone && this.#isInTime(timestamp, known.now);
    });
    const candidates: Candidate[] = [];
    for (const found of open.slice(0, MOST_MANIFESTS)) {
      const object = objects.get(found.key);
      if (!object) continue;
      try {
        const manifest = await this.#reader.read(found.key, object, signal);
        const { timestamp, sequenceId } = manifest;
        candidates.push({ found, manifest, timestamp, sequenceId });
      } catch (error) {
        signal.throwIfAborted();
        const { timestamp, sequenceId } = found;
        candidates.push({ found, error, timestamp, sequenceId });
      }
    }
    return candidates.sort(byAge);
  }

  #isInTime(timestamp: number, now: number): boolean {
    return timestamp <= now && timestamp > now - this.#settings.maxAgeDays * DAY_MS;
  }

  #isEligible({ timestamp, entries }: Manifest, now: number): boolean {
    const { allowedType } = this.#settings;
    const isAllowed = !allowedType || entries.every(({ type }) => type === allowedType);
    return isAllowed && this.#isInTime(timestamp, now);
  }

  #isComplete(dataSet: DataSet, { objects }: BucketContents): boolean {
    const { key } = dataSet.found;
    const missing = dataSet.files.filter((file) => !file.isCompleted && !objects.has(file.key));
    const [first] = missing;
    if (!first) {
      this.#told.delete(key);
      return true;
    }
    const file = safe.file(key);
    const { waitForFilesMinutes } = this.#settings;
    if (dataSet.knownForMs > waitForFilesMinutes * MINUTE_MS) {
      throw new JobError(
        'BFD_S3_FILES_MISSING',
        'The data set of {file} lacks {missing} of its {files} files for more than {minutes} minutes, first entry {entry} of type {type}. Upload them, or take the manifest away; until then no later data set is loaded.',
        {
          file,
          missing: missing.length,
          files: dataSet.files.length,
          minutes: waitForFilesMinutes,
          entry: first.fileIndex,
          type: safe.name(first.type),
        },
        {
          places: missing.map(({ fileIndex, type }) => ({
            code: 'BFD_S3_FILE_MISSING',
            file,
            column: safe.name(`entry-${fileIndex}:${type}`),
          })),
        },
      );
    }
    if (!this.#told.has(key)) {
      this.#told.add(key);
      this.#log.info('data set waits for its files', {
        manifest: file,
        missing: missing.length,
        files: dataSet.files.length,
      });
    }
    return false;
  }
}
