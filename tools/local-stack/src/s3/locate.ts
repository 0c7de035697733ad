/** Finds the file of an object and what is known about it. */
import type { Stats } from 'node:fs';
import { isReachedWithoutLinks, type Layout, lstatIfThere } from './layout.ts';
import { fits, nextTo, readSidecar, type Sidecar, sidecarFromDisk } from './sidecar.ts';

export interface Located {
  readonly about: Sidecar;
  readonly file: string;
  readonly stats: Stats;
}

export async function locate(
  layout: Layout,
  bucket: string,
  key: string,
): Promise<Located | undefined> {
  const sidecarFile = layout.sidecar(bucket, key);
  const path = layout.path(bucket, key);
  for (const candidate of [sidecarFile, nextTo(sidecarFile)]) {
    const about = await readSidecar(candidate);
    if (about === undefined) continue;
    const file = about.isBlob ? layout.blob(bucket, key) : path;
    const stats = await regularFile(file);
    if (file === undefined || stats === undefined || !fits(about, stats)) continue;
    return { about, file, stats };
  }
  const stats = await regularFile(path);
  if (path === undefined || stats === undefined) return undefined;
  return { about: sidecarFromDisk(key, stats), file: path, stats };
}

async function regularFile(path: string | undefined): Promise<Stats | undefined> {
  if (path === undefined) return undefined;
  const stats = await lstatIfThere(path);
  if (stats?.isFile() !== true) return undefined;
  return (await isReachedWithoutLinks(path)) ? stats : undefined;
}
