/**
 * What a file cannot say about the object it holds: its headers, metadata, checksums, tags. Kept in a
 * JSON file of its own, believed only while size and time fit the file: one that a person dropped in
 * or edited is an object too, with what the disk knows about it.
 *
 * A commit writes the new sidecar as `.next`, moves the object, then the sidecar. A crash between
 * leaves either pair whole: whoever reads finds that `.next` fits.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import type { Checksums } from './checksums.ts';

/** What a client says about an object when it writes it. */
export interface ObjectAbout {
  /** `content-type` and the like, as they are sent back. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without `x-amz-meta-`. */
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Sidecar extends ObjectAbout {
  readonly key: string;
  readonly isBlob: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Checksums;
}

export async function readSidecar(file: string): Promise<Sidecar | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Lays the sidecar ready; {@link confirmSidecar} makes it the valid one. */
export async function prepareSidecar(file: string, sidecar: Sidecar): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(nextTo(file), JSON.stringify(sidecar), { mode: 0o600 });
}

export async function confirmSidecar(file: string): Promise<void> {
  await rename(nextTo(file), file);
}

export async function removeSidecar(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(nextTo(file), { force: true });
}

/** The one left by a commit that did not come to its end. */
export function nextTo(file: string): string {
  return `${file}.next`;
}

export function fits(sidecar: Sidecar, stats: Stats): boolean {
  return sidecar.sizeBytes === stats.size && sidecar.modifiedMs === stats.mtimeMs;
}

/** For a file that came by another way than ours. */
export function sidecarFromDisk(key: string, stats: Stats): Sidecar {
  // The MD5 would cost a pass over the file. "-1" marks it as none, as for a multipart upload.
  const seen = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  const etag = `${createHash('md5').update(seen).digest('hex')}-1`;
  return {
    key,
    isBlob: false,
    sizeBytes: stats.size,
    modifiedMs: stats.mtimeMs,
    etag,
    checksums: {},
    headers: { 'content-type': 'binary/octet-stream' },
    userMetadata: {},
    tags: {},
  };
}
