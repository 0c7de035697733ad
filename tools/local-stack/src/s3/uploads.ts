/**
 * Multipart uploads that are under way, each in a folder of its own:
 * `uploads/<id>/upload.json`, and `<number>` with `<number>.json` for each part.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../errors.ts';
import type { StoredBody } from './body.ts';
import { S3Error } from './errors.ts';
import { Mutex } from './mutex.ts';
import type { ObjectAbout } from './sidecar.ts';

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly about: ObjectAbout;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

export interface Part {
  readonly number: number;
  /** Without quotes: the MD5 of the part. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

const ABANDONED_MS = 7 * 24 * 3600 * 1000;
const MIN_PART_BYTES = 5 * 1024 ** 2; // for all but the last: as in AWS, so that a bug shows here
const COPY_BYTES = 1024 ** 2;
const DESCRIPTION = 'upload.json';

export class Uploads {
  readonly #folder: string;
  readonly #changes = new Mutex();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes those that nobody has added to for a week. */
  async removeAbandoned(now: number): Promise<void> {
    for (const id of await readdir(this.#folder)) {
      const folder = join(this.#folder, id);
      if (now - (await stat(folder)).mtimeMs < ABANDONED_MS) continue;
      await rm(folder, { recursive: true, force: true });
    }
  }

  async begin(bucket: string, key: string, about: ObjectAbout, now: number): Promise<Upload> {
    const upload = { id: randomUUID(), bucket, key, about, startedMs: now };
    const folder = join(this.#folder, upload.id);
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, DESCRIPTION), JSON.stringify(upload), { mode: 0o600 });
    return upload;
  }

  /** @throws {@link S3Error} NoSuchUpload, also when it is of another key */
  async find(id: string, bucket: string, key: string): Promise<Upload> {
    const upload = /^[0-9a-f-]{36}$/.test(id) ? await this.#read(id) : undefined;
    if (upload?.bucket === bucket && upload.key === key) return upload;
    throw noSuchUpload();
  }

  async ofBucket(bucket: string): Promise<Upload[]> {
    const ids = await readdir(this.#folder);
    const uploads = await Promise.all(ids.map((id) => this.#read(id)));
    return uploads
      .filter((upload) => upload?.bucket === bucket)
      .filter((upload) => upload !== undefined)
      .sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
  }

  /** Takes over a received part; one sent again replaces the earlier. */
  async addPart(upload: Upload, number: number, body: StoredBody): Promise<void> {
    await this.#changes.run(upload.id, async () => {
      const folder = join(this.#folder, upload.id);
      const { md5: etag, sizeBytes } = body;
      const part: Part = { number, etag, sizeBytes, modifiedMs: Date.now() };
      try {
        await rename(body.file, join(folder, String(number)));
        await writeFile(join(folder, `${number}.json`), JSON.stringify(part), { mode: 0o600 });
      } catch (error) {
        await rm(body.file, { force: true });
        throw systemCode(error) === 'ENOENT' ? noSuchUpload() : error; // aborted meanwhile
      }
    });
  }

  /** In the order of their numbers. */
  async parts(upload: Upload): Promise<Part[]> {
    const folder = join(this.#folder, upload.id);
    const names = (await readdir(folder)).filter((name) => /^\d+\.json$/.test(name));
    const parts: Part[] = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))),
    );
    return parts.sort((left, right) => left.number - right.number);
  }

  /**
   * Joins the parts a client names into one file, and hands it to `use`; the upload is gone when that
   * is done. When it fails, the parts are still there and the client may try again.
   *
   * @throws {@link S3Error} InvalidPart, InvalidPartOrder, EntityTooSmall, NoSuchUpload
   */
  async complete<T>(
    upload: Upload,
    named: readonly Pick<Part, 'number' | 'etag'>[],
    file: string,
    use: (etag: string) => Promise<T>,
  ): Promise<T> {
    return this.#changes.run(upload.id, async () => {
      if ((await this.#read(upload.id)) === undefined) throw noSuchUpload();
      checkParts(named, await this.parts(upload));
      const folder = join(this.#folder, upload.id);
      try {
        await joinFiles(
          named.map(({ number }) => join(folder, String(number))),
          file,
        );
        const done = await use(joinedEtag(named));
        await rm(folder, { recursive: true, force: true });
        return done;
      } finally {
        await rm(file, { force: true });
      }
    });
  }

  async abort(upload: Upload): Promise<void> {
    await this.#changes.run(upload.id, () =>
      rm(join(this.#folder, upload.id), { recursive: true, force: true }),
    );
  }

  async #read(id: string): Promise<Upload | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#folder, id, DESCRIPTION), 'utf8'));
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

function checkParts(
  named: readonly Pick<Part, 'number' | 'etag'>[],
  present: readonly Part[],
): void {
  if (named.length === 0) throw new S3Error('MalformedXML', 'The body names no part');
  const byNumber = new Map(present.map((part) => [part.number, part]));
  if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder', 'The parts are not in the order of their numbers');
  }
  for (const [index, { number, etag }] of named.entries()) {
    const part = byNumber.get(number);
    if (part?.etag !== etag) {
      throw new S3Error('InvalidPart', `Part ${number} is missing or has another ETag`);
    }
    if (part.sizeBytes < MIN_PART_BYTES && index < named.length - 1) {
      throw new S3Error('EntityTooSmall', `Part ${number} is smaller than 5 MiB and not the last`);
    }
  }
}

async function joinFiles(parts: readonly string[], file: string): Promise<void> {
  for (const part of parts) {
    await pipeline(
      createReadStream(part, { highWaterMark: COPY_BYTES }),
      createWriteStream(file, { flags: 'a', mode: 0o600, highWaterMark: COPY_BYTES }),
    );
  }
}

// Not the MD5 of the whole, but of the parts' MD5s, with their number: clients know it by the dash.
function joinedEtag(parts: readonly Pick<Part, 'etag'>[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

function noSuchUpload(): S3Error {
  return new S3Error('NoSuchUpload', 'There is no such upload; it may be completed or aborted');
}
