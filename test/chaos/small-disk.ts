// A disk of its own that can be filled: a tmpfs. For root only.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** An empty PostgreSQL takes a good fifth of it. */
const SIZE = '192m';
const PIECE = Buffer.alloc(64 * 1024);

export class SmallDisk implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Why there can be none here; absent if there can. */
  static whyNot(): string | undefined {
    const folder = mkdtempSync(path.join(tmpdir(), 'bfd-disk-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], {
      encoding: 'utf8',
    });
    if (mounted.status === 0) execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
    if (mounted.status === 0) return undefined;
    return `needs the right to mount a tmpfs: ${mounted.error?.message ?? mounted.stderr.trim()}`;
  }

  static make(): SmallDisk {
    const folder = mkdtempSync(path.join(tmpdir(), 'bfd-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  /** Writes until not one block more has room. */
  async fill(): Promise<void> {
    const ballast = await open(this.#ballast, 'a');
    try {
      for (;;) await ballast.appendFile(PIECE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await ballast.close();
    }
  }

  /** Makes room again. */
  async clear(): Promise<void> {
    await rm(this.#ballast);
  }

  get #ballast(): string {
    return path.join(this.folder, 'ballast');
  }

  [Symbol.dispose](): void {
    spawnSync('umount', [this.folder]);
    spawnSync('umount', ['--lazy', this.folder]); // when somebody still has a file open there
    rmSync(this.folder, { recursive: true, force: true });
  }
}
