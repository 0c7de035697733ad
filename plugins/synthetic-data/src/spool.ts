/**
 * A file on its way to S3. An object's metadata goes out before its content, so its MD5 must be known before the
 * first byte is sent: the file is put on disk first. See docs/adr/0001-make-files-on-disk-first.md.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { RunContext } from '@bfd-host/sdk';

const READ_BYTES = 1024 * 1024;

/**
 * Takes bytes, and then sends them with their MD5. Disposed of, it leaves nothing on disk.
 *
 * @example
 * await using spool = await Spool.open(ctx, 'carrier.csv');
 * for (const chunk of chunks) await spool.write(chunk);
 * await spool.upload(ctx, 'bfd-ccw', 'Synthetic/Incoming/2026-03-06T12:00:00Z/carrier.csv');
 */
export class Spool implements AsyncDisposable {
  private readonly md5 = createHash('md5');
  private readonly path: string;
  private readonly file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  /** @param name - unique among the run's open ones */
  static async open({ tempFolder }: RunContext, name: string): Promise<Spool> {
    const path = join(tempFolder, name);
    return new Spool(path, await open(path, 'w'));
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.md5.update(chunk);
    // Waiting for each chunk keeps memory constant and lets the process answer in between.
    await this.file.appendFile(chunk);
  }

  /** Sends what was written; nothing more can be. */
  async upload(ctx: RunContext, bucket: string, key: string): Promise<void> {
    await this.file.close();
    await ctx.upload(bucket, key, createReadStream(this.path, { highWaterMark: READ_BYTES }), {
      contentType: 'text/csv',
      metadata: { md5chksum: this.md5.digest('base64') },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}

/** Sends a manifest. It comes after all of its files: a load begins with it, and so never on half a copy. */
export async function uploadManifest(
  ctx: RunContext,
  bucket: string,
  key: string,
  xml: string,
): Promise<void> {
  const content = Buffer.from(xml);
  await ctx.upload(bucket, key, Readable.from([content]), {
    contentType: 'application/xml',
    metadata: { md5chksum: createHash('md5').update(content).digest('base64') },
  });
}
