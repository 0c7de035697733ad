/**
 * Where things are, below one folder:
 *
 *     data/<bucket>/<key>              objects whose key reads as a path; also a person's own files
 *     blobs/<bucket>/<sha256 of key>   objects with any other key, or in the way of another
 *     meta/<bucket>/<sha256 of key>    sidecars
 *     uploads/  tmp/                   multipart uploads; bodies that are still coming in
 */
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { isPathLike, keyHash } from './keys.ts';

export class Layout {
  /** Makes the folders; clears away what an earlier server was still receiving. */
  static async open(root: string): Promise<Layout> {
    await rm(join(root, 'tmp'), { recursive: true, force: true });
    for (const folder of ['data', 'blobs', 'meta', 'uploads', 'tmp']) {
      await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    }
    return new Layout(await realpath(root));
  }

  readonly dataFolder: string;
  readonly uploadsFolder: string;
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.dataFolder = join(root, 'data');
    this.uploadsFolder = join(root, 'uploads');
  }

  bucketFolder(bucket: string): string {
    return join(this.dataFolder, bucket);
  }

  blobFolder(bucket: string): string {
    return join(this.#root, 'blobs', bucket);
  }

  sidecarFolder(bucket: string): string {
    return join(this.#root, 'meta', bucket);
  }

  /** Undefined for a key that cannot be a path. */
  path(bucket: string, key: string): string | undefined {
    return isPathLike(key) ? join(this.bucketFolder(bucket), key) : undefined;
  }

  blob(bucket: string, key: string): string {
    return join(this.blobFolder(bucket), keyHash(key));
  }

  sidecar(bucket: string, key: string): string {
    return join(this.sidecarFolder(bucket), keyHash(key));
  }

  /** A place for a body that is still coming in. */
  temporaryFile(): string {
    return join(this.#root, 'tmp', randomUUID());
  }
}

/** Like lstat, undefined where nothing is or can be. */
export async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

/**
 * Whether the way to this file is free of symbolic links. They are never followed: one that leads out
 * of a bucket would let a key read or write anywhere.
 */
export async function isReachedWithoutLinks(path: string): Promise<boolean> {
  try {
    return (await realpath(dirname(path))) === dirname(path);
  } catch {
    return false;
  }
}
