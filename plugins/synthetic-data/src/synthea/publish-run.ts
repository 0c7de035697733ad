/** Checks the files of a run, and puts them into the bucket as data sets. */

import { Readable } from 'node:stream';
import {
  MANIFEST_FOLDERS,
  manifestKey,
  manifestXml,
  type PreValidationProperties,
  RIF_DELIMITER,
} from '@bfd-host/rif';
import {
  JobError,
  PermanentError,
  type Place,
  type RunContext,
  type S3Client,
  safe,
} from '@bfd-host/sdk';
import { hasObject } from '../bucket.ts';
import { type Row, RowReader } from '../rif/rows.ts';
import { Check } from '../rules/check.ts';
import { FORMAT_RULES } from '../rules/format-rules.ts';
import { NEGATIVE_IDS } from '../rules/identity-rules.ts';
import type { Finding, Watcher } from '../rules/rule.ts';
import { Spool, uploadManifest } from '../spool.ts';
import { OF_TODAY, type Part, Parts, partOf } from './future-claims.ts';
import { generatedOf, IdRanges } from './id-ranges.ts';
import type { RunFile, SyntheaRun } from './runs.ts';

const [, FOLDER] = MANIFEST_FOLDERS;
const SEQUENCE_ID = 0;

export interface Buckets {
  readonly s3: S3Client;
  readonly source: string;
  readonly target: string;
}

/** What was found in a run. */
export interface CheckedRun {
  readonly run: SyntheaRun;
  readonly rows: number;
  readonly parts: Parts;
  readonly preValidation: PreValidationProperties | undefined;
}

/** Moments under which the parts of a run are published. */
export type Timestamps = Readonly<Record<Part, string>>;

/** Is told how many bytes were read. */
export type Told = (file: RunFile, bytes: number) => void;

/**
 * Reads all files of a run: whether the load will take them, and what they hold.
 *
 * @param today - beginning of the day, to hold back what is dated later; nothing is held back without it
 * @throws PermanentError `BFD_SYNTHEA_FILES` naming places by file, line and column
 */
export async function checkRun(
  ctx: RunContext,
  buckets: Buckets,
  run: SyntheaRun,
  today: number | undefined,
  told: Told,
): Promise<CheckedRun> {
  const ranges = new IdRanges();
  const parts = new Parts(today);
  const count = new RowCount();
  const check = new Check([...FORMAT_RULES, NEGATIVE_IDS], [ranges, parts, count]);
  check.dataSet();
  for (const file of run.files) {
    const reader = check.open(file.name, file.type);
    for await (const chunk of read(ctx, buckets, file)) {
      reader.push(chunk);
      told(file, chunk.length);
    }
    reader.end();
  }
  const findings = check.end();
  if (findings.length > 0) throw filesError(run, findings);
  const endState = run.endState && (await readText(ctx, buckets, run.endState));
  const preValidation = ranges.properties(endState ? generatedOf(endState) : undefined);
  return { run, rows: count.rows, parts, preValidation };
}

class RowCount implements Watcher {
  rows = 0;

  row(): void {
    this.rows++;
  }
}

/**
 * Chooses the moments of a run's data sets: that of today is now, those held back are at noon of their day. A moment
 * that another data set has is passed over.
 */
export async function chooseTimestamps(
  ctx: RunContext,
  { s3, target }: Buckets,
  parts: readonly Part[],
  now: Date,
): Promise<Timestamps> {
  const chosen: Record<Part, string> = {};
  for (const part of parts) {
    // Milliseconds keep it apart from what the job synthetic-data publishes, on whole seconds.
    const first = part === OF_TODAY ? now.toISOString() : `${part}T12:00:00Z`;
    let timestamp = first;
    for (let second = 1; await isTaken(timestamp); second++) {
      timestamp = new Date(Date.parse(first) + second * 1000).toISOString();
    }
    chosen[part] = timestamp;
  }
  return chosen;

  function isTaken(timestamp: string): Promise<boolean> {
    return hasObject(s3, target, manifestKey(FOLDER, timestamp, SEQUENCE_ID), ctx.signal);
  }
}

/**
 * Uploads a run's files with their MD5, and then the manifests: that of today last, with which the load begins.
 *
 * @param today - as for {@link checkRun}
 */
export async function publishRun(
  ctx: RunContext,
  buckets: Buckets,
  { run, parts, preValidation }: CheckedRun,
  options: {
    readonly timestamps: Timestamps;
    readonly today: number | undefined;
    readonly usePreValidation: boolean;
  },
  told: Told,
): Promise<void> {
  const { timestamps, today } = options;
  for (const file of run.files) {
    const partsOfFile = parts.of(file.name);
    await using spools = new Spools(ctx, file);
    for (const part of partsOfFile) await spools.open(part);
    const [only] = partsOfFile;
    const isWhole = partsOfFile.length === 1 && only !== undefined;
    const router = new Router(file, today ?? 0);
    for await (const chunk of read(ctx, buckets, file)) {
      // A file that stays whole stays the same, byte for byte.
      if (isWhole) await spools.write(only, chunk);
      else for (const [part, rows] of router.route(chunk)) await spools.write(part, rows);
      told(file, chunk.length);
    }
    for (const [part, rows] of router.rest()) await spools.write(part, rows);
    await spools.upload((part) => [buckets.target, `${FOLDER}/${timestamps[part]}/${file.name}`]);
  }
  for (const part of parts.all()) {
    const timestamp = timestamps[part];
    const entries = run.files.filter(({ name }) => parts.of(name).includes(part));
    if (timestamp === undefined || entries.length === 0) continue;
    const xml = manifestXml({
      timestamp,
      sequenceId: SEQUENCE_ID,
      syntheticData: true,
      entries: entries.map(({ name, type }) => ({ name, type })),
      ...(part === OF_TODAY && options.usePreValidation && preValidation && { preValidation }),
    });
    await uploadManifest(ctx, buckets.target, manifestKey(FOLDER, timestamp, SEQUENCE_ID), xml);
  }
}

/** The files that one is split into, by part. */
class Spools implements AsyncDisposable {
  private readonly ctx: RunContext;
  private readonly file: RunFile;
  private readonly spools = new Map<Part, Spool>();

  constructor(ctx: RunContext, file: RunFile) {
    this.ctx = ctx;
    this.file = file;
  }

  async open(part: Part): Promise<void> {
    this.spools.set(part, await Spool.open(this.ctx, `${part}-${this.file.name}`));
  }

  async write(part: Part, bytes: Uint8Array): Promise<void> {
    await this.spools.get(part)?.write(bytes);
  }

  async upload(placeOf: (part: Part) => readonly [bucket: string, key: string]): Promise<void> {
    for (const [part, spool] of this.spools) await spool.upload(this.ctx, ...placeOf(part));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const spool of this.spools.values()) await spool[Symbol.asyncDispose]();
  }
}

/** Sorts the rows of a file into parts, each of which begins with the header. */
class Router {
  private readonly reader: RowReader;
  private header = '';
  private readonly begun = new Set<Part>();
  private sorted = new Map<Part, string>();

  constructor(file: RunFile, today: number) {
    this.reader = new RowReader(file.name, file.type, {
      file: ({ header }) => {
        this.header = line(header);
      },
      row: (row: Row) => {
        const part = partOf(row, today);
        const before = this.begun.has(part) ? (this.sorted.get(part) ?? '') : this.header;
        this.begun.add(part);
        this.sorted.set(part, before + line(row.fields));
      },
    });
  }

  route(chunk: Uint8Array): [Part, Uint8Array][] {
    this.reader.push(chunk);
    return this.take();
  }

  /** What stands behind the last line feed. */
  rest(): [Part, Uint8Array][] {
    this.reader.end();
    return this.take();
  }

  private take(): [Part, Uint8Array][] {
    const taken = [...this.sorted].map(([part, rows]): [Part, Uint8Array] => [
      part,
      Buffer.from(rows, 'latin1'), // one character a byte, as the reader took them
    ]);
    this.sorted = new Map();
    return taken;
  }
}

function line(fields: readonly string[]): string {
  return `${fields.join(RIF_DELIMITER)}\n`;
}

async function* read(
  { signal }: RunContext,
  { s3, source }: Buckets,
  { key, etag, name }: RunFile,
): AsyncGenerator<Uint8Array, void> {
  const { Body: body } = await s3
    .getObject({ Bucket: source, Key: key, IfMatch: etag }, { abortSignal: signal })
    .catch((error: unknown) => {
      throw readError(error, name);
    });
  if (!(body instanceof Readable)) throw new TypeError('S3 answered without a stream');
  for await (const chunk of body) {
    signal.throwIfAborted();
    yield chunk;
  }
}

async function readText(
  { signal }: RunContext,
  { s3, source }: Buckets,
  key: string,
): Promise<string> {
  const { Body } = await s3.getObject({ Bucket: source, Key: key }, { abortSignal: signal });
  return (await Body?.transformToString()) ?? '';
}

function readError(error: unknown, name: string): unknown {
  const kind = error instanceof Error ? error.name : '';
  if (!['PreconditionFailed', 'NoSuchKey', 'NotFound', '412'].includes(kind)) return error;
  return new JobError(
    'BFD_SYNTHEA_CHANGED',
    '{file} was changed or removed while it was being published. Run synthea-publish again when nothing writes to its folder.',
    { file: safe.file(name) },
    { cause: error },
  );
}

function filesError({ files }: SyntheaRun, findings: readonly Finding[]): PermanentError {
  const places = findings.map(({ problem, file, line, column }): Place => {
    return {
      code: problem.startsWith('BFD_') ? problem : 'BFD_SYNTHEA_REAL_ID',
      ...(file !== undefined && { file: safe.file(file) }),
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column: safe.name(column) }),
    };
  });
  const [first] = places;
  return new PermanentError(
    'BFD_SYNTHEA_FILES',
    'The load would not take these {files} files: {count} places or more, first {problem} in {file}, line {line}, column {column}. Correct the files and run synthea-publish again; nothing was published.',
    {
      files: files.length,
      count: findings.length,
      problem: safe.name(first?.code ?? 'BFD_SYNTHEA_FILES'),
      file: first?.file ?? safe.name('any'),
      line: first?.line ?? null,
      column: first?.column ?? safe.name('any'),
    },
    { places },
  );
}
