/**
 * Buckets and objects on disk (see `layout.ts` for what is where). Changes to one bucket go one after
 * the other (they are a few renames each); reading does not wait for them.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { ChangeWatch } from './change-watch.ts';
import type { Checksums } from './checksums.ts';
import { S3Error } from './errors.ts';
import { KeyWalk } from './key-walk.ts';
import { checkBucketName, isBucketName } from './keys.ts';
import { isReachedWithoutLinks, type Layout, lstatIfThere } from './layout.ts';
import { locate } from './locate.ts';
import { Mutex } from './mutex.ts';
import {
  confirmSidecar,
  type ObjectAbout,
  prepareSidecar,
  readSidecar,
  removeSidecar,
  type Sidecar,
} from './sidecar.ts';

/** A finished temporary file that is to become an object. */
export interface NewContent {
  readonly file: string;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Checksums;
}

/** What a write depends on: throws when that does not hold for the object there is now. */
export type Condition = (current: Sidecar | undefined) => void;

export interface OpenObject extends AsyncDisposable {
  readonly about: Sidecar;
  readonly handle: FileHandle;
}

export class ObjectStore {
  readonly #layout: Layout;
  readonly #changes = new Mutex();
  readonly #watch = new ChangeWatch();
  readonly #blobKeys = new Map<string, Set<string>>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** A place for a body that is still coming in. */
  temporaryFile(): string {
    return this.#layout.temporaryFile();
  }

  async buckets(): Promise<{ name: string; created: Date }[]> {
    const folders = await readdir(this.#layout.dataFolder, { withFileTypes: true });
    const names = folders
      .filter((entry) => entry.isDirectory() && isBucketName(entry.name))
      .map((entry) => entry.name)
      .sort();
    return Promise.all(
      names.map(async (name) => {
        const { birthtime } = await lstat(this.#layout.bucketFolder(name));
        return { name, created: birthtime };
      }),
    );
  }

  /** @throws {@link S3Error} BucketAlreadyOwnedByYou, InvalidBucketName */
  async createBucket(bucket: string): Promise<void> {
    checkBucketName(bucket);
    try {
      await mkdir(this.#layout.bucketFolder(bucket), { mode: 0o700 });
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      throw new S3Error('BucketAlreadyOwnedByYou', 'The bucket is there already, and yours');
    }
  }

  /** @throws {@link S3Error} NoSuchBucket, InvalidBucketName */
  async requireBucket(bucket: string): Promise<void> {
    checkBucketName(bucket);
    const stats = await lstatIfThere(this.#layout.bucketFolder(bucket));
    if (stats?.isDirectory() !== true) throw new S3Error('NoSuchBucket', 'There is no such bucket');
  }

  /** @throws {@link S3Error} BucketNotEmpty */
  async deleteBucket(bucket: string): Promise<void> {
    await this.#changes.run(bucket, async () => {
      for await (const _key of await this.walk(bucket, '')) {
        throw new S3Error('BucketNotEmpty', 'The bucket still holds objects');
      }
      await rm(this.#layout.blobFolder(bucket), { recursive: true, force: true });
      await rm(this.#layout.sidecarFolder(bucket), { recursive: true, force: true });
      await rm(this.#layout.bucketFolder(bucket), { recursive: true, force: true });
      this.#blobKeys.delete(bucket);
    });
  }

  /** The keys of a bucket that begin with `prefix`, in the order of a listing. */
  async walk(bucket: string, prefix: string): Promise<KeyWalk> {
    const blobKeys = await this.#blobKeysOf(bucket);
    return new KeyWalk(this.#layout.bucketFolder(bucket), blobKeys, prefix);
  }

  /** What is known about an object; undefined when there is none. */
  async about(bucket: string, key: string): Promise<Sidecar | undefined> {
    using look = this.#watch.look(nameOf(bucket, key));
    const located = await locate(this.#layout, bucket, key);
    if (!look.isDisturbed) return located?.about;
    return this.#changes.run(bucket, async () => (await locate(this.#layout, bucket, key))?.about);
  }

  /** An object to read from: what is read stays as it is now, whatever is written meanwhile. */
  async read(bucket: string, key: string): Promise<OpenObject | undefined> {
    using look = this.#watch.look(nameOf(bucket, key));
    const opened = await openObject(this.#layout, bucket, key);
    if (!look.isDisturbed) return opened;
    await opened?.handle.close();
    return this.#changes.run(bucket, () => openObject(this.#layout, bucket, key));
  }

  /**
   * Makes a finished file the object of this key, all at once. The file is gone afterwards.
   *
   * @param condition - checked against the object there is, with no other change in between
   */
  async put(
    bucket: string,
    key: string,
    content: NewContent,
    about: ObjectAbout,
    condition: Condition,
  ): Promise<Sidecar> {
    const { file, etag, checksums } = content;
    try {
      return await this.#change(bucket, key, async () => {
        await this.requireBucket(bucket); // it may have gone while the body came in
        condition((await locate(this.#layout, bucket, key))?.about);
        const { size: sizeBytes, mtimeMs: modifiedMs } = await lstat(file);
        const known = { key, sizeBytes, modifiedMs, etag, checksums, ...about };
        return (
          (await this.#moveToPath(bucket, file, { ...known, isBlob: false })) ??
          (await this.#moveToBlob(bucket, file, { ...known, isBlob: true }))
        );
      });
    } finally {
      await rm(file, { force: true }); // still there when refused
    }
  }

  /** Changes the tags and leaves the content; undefined when there is no such object. */
  async setTags(bucket: string, key: string, tags: Sidecar['tags']): Promise<Sidecar | undefined> {
    return this.#change(bucket, key, async () => {
      const about = (await locate(this.#layout, bucket, key))?.about;
      if (about === undefined) return undefined;
      const changed = { ...about, tags };
      await prepareSidecar(this.#layout.sidecar(bucket, key), changed);
      await confirmSidecar(this.#layout.sidecar(bucket, key));
      return changed;
    });
  }

  /** Removes an object; when there is none, that is as good. */
  async remove(bucket: string, key: string): Promise<void> {
    await this.#change(bucket, key, async () => {
      const located = await locate(this.#layout, bucket, key);
      if (located === undefined) return;
      await rm(located.file, { force: true });
      await removeSidecar(this.#layout.sidecar(bucket, key));
      if (located.about.isBlob) (await this.#blobKeysOf(bucket)).delete(key);
      else await this.#removeEmptyFolders(bucket, dirname(located.file));
    });
  }

  #change<T>(bucket: string, key: string, work: () => Promise<T>): Promise<T> {
    return this.#changes.run(bucket, () => this.#watch.change(nameOf(bucket, key), work));
  }

  // Undefined when this key cannot be a path here: by its form, or because another object is in the way.
  async #moveToPath(bucket: string, file: string, sidecar: Sidecar): Promise<Sidecar | undefined> {
    const path = this.#layout.path(bucket, sidecar.key);
    if (path === undefined) return undefined;
    const hasFolder = await makeFolder(dirname(path));
    if (!hasFolder || !(await isReachedWithoutLinks(path))) return undefined;
    if ((await lstatIfThere(path))?.isDirectory() === true) return undefined;
    const sidecarFile = this.#layout.sidecar(bucket, sidecar.key);
    await prepareSidecar(sidecarFile, sidecar);
    await rename(file, path);
    await confirmSidecar(sidecarFile);
    const blobKeys = await this.#blobKeysOf(bucket);
    if (blobKeys.delete(sidecar.key)) await rm(this.#layout.blob(bucket, sidecar.key));
    return sidecar;
  }

  async #moveToBlob(bucket: string, file: string, sidecar: Sidecar): Promise<Sidecar> {
    const blobKeys = await this.#blobKeysOf(bucket);
    const sidecarFile = this.#layout.sidecar(bucket, sidecar.key);
    await mkdir(this.#layout.blobFolder(bucket), { recursive: true });
    await prepareSidecar(sidecarFile, sidecar);
    await rename(file, this.#layout.blob(bucket, sidecar.key));
    await confirmSidecar(sidecarFile);
    blobKeys.add(sidecar.key);
    return sidecar;
  }

  async #removeEmptyFolders(bucket: string, from: string): Promise<void> {
    const top = this.#layout.bucketFolder(bucket);
    for (let folder = from; folder !== top; folder = dirname(folder)) {
      try {
        await rmdir(folder);
      } catch {
        return; // not empty
      }
    }
  }

  // A blob's name does not tell its key, so the keys are read from the sidecars once.
  async #blobKeysOf(bucket: string): Promise<Set<string>> {
    const known = this.#blobKeys.get(bucket);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    const names = await readdir(this.#layout.blobFolder(bucket)).catch(() => []);
    for (const name of names) {
      const sidecar = await readSidecar(`${this.#layout.sidecarFolder(bucket)}/${name}`);
      if (sidecar?.isBlob === true) keys.add(sidecar.key);
    }
    // Two readers may get here at once; changes are made to the one that is kept.
    const first = this.#blobKeys.get(bucket);
    if (first !== undefined) return first;
    this.#blobKeys.set(bucket, keys);
    return keys;
  }
}

async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false;
    throw error;
  }
}

// A bucket's name has no slash.
function nameOf(bucket: string, key: string): string {
  return `${bucket}/${key}`;
}

async function openObject(
  layout: Layout,
  bucket: string,
  key: string,
): Promise<OpenObject | undefined> {
  const located = await locate(layout, bucket, key);
  if (located === undefined) return undefined;
  const { about, file } = located;
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    return { about, handle, [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined; // a person was quicker
    throw error;
  }
}
