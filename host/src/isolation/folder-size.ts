// How much room files take on the disk.

import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Of `stat`, whatever the file system says. */
const BLOCK_BYTES = 512;
/** Also an empty file takes some. */
const LEAST_BYTES = 4096;

/**
 * The room that a folder takes. What vanishes meanwhile is not counted, nor is a file without a name that is still open.
 *
 * @param enough - is not counted beyond: a folder full of small files takes long to count
 */
export async function folderBytes(folder: string, enough: number): Promise<number> {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const place = path.join(next, entry.name);
      if (entry.isDirectory()) waiting.push(place);
      const blocks = (await lstat(place).catch(() => undefined))?.blocks ?? 0;
      bytes += Math.max(blocks * BLOCK_BYTES, LEAST_BYTES);
      if (bytes > enough) return bytes;
    }
  }
  return bytes;
}
