// Folders and files of the host: whose they are, who may change them, and whether there is room.

import { constants } from 'node:fs';
import { access, mkdir, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HostConfig } from '../config/host-config.ts';
import { tokenFile } from '../http/page-token.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

export async function lookAtFolders({
  stateFolder,
  pluginsFolder,
  file,
}: HostConfig): Promise<Finding[]> {
  const findings = [
    await lookAtStateFolder(stateFolder),
    await openToOthers(pluginsFolder, 'the plugins folder', 'plugins-open'),
    await openToOthers(file, 'host.config.json', 'config-open'),
    await lookAtToken(stateFolder),
  ].filter((finding) => finding !== undefined);
  return findings.some(({ state }) => state !== 'ok')
    ? findings
    : [ok('folders', 'folders', 'folders belong to the host and to nobody else')];
}

async function lookAtStateFolder(folder: string): Promise<Finding | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return wrong(
      'folders',
      'state-folder-rights',
      `the state folder ${folder} cannot be written to (${codeOf(error)})`,
      'Give it to the host\'s user, or name another one as "stateFolder" in host.config.json.',
    );
  }
  return openToOthers(folder, 'the state folder', 'state-folder-open');
}

/** Whoever may write there can change what the host does. */
async function openToOthers(
  place: string,
  name: string,
  kind: string,
): Promise<Finding | undefined> {
  const facts = await stat(place).catch(() => undefined);
  if (!facts || (facts.mode & 0o002) === 0) return undefined;
  return wrong(
    'folders',
    kind,
    `everybody on this machine may change ${name}, ${place}`,
    `chmod o-w ${place}`,
  );
}

async function lookAtToken(stateFolder: string): Promise<Finding | undefined> {
  const file = tokenFile(stateFolder);
  const facts = await stat(file).catch(() => undefined);
  if (!facts || (facts.mode & 0o077) === 0) return undefined;
  return wrong(
    'folders',
    'token-open',
    `others than the host's user may read the token of the page, ${file}`,
    'Restart the host: it makes a new one when it finds this.',
  );
}

const GIB = 2 ** 30;

/** @param leastBytes - with less than this jobs fail soon */
export async function lookAtDisk(
  { stateFolder }: HostConfig,
  leastBytes = GIB / 4,
): Promise<Finding[]> {
  const places = [...new Set([nearestThatIs(stateFolder), tmpdir()])];
  const findings = await Promise.all(
    places.map(async (place) => {
      const { bavail, bsize, files, ffree } = await statfs(await place);
      const free = bavail * bsize;
      const told = `${(free / GIB).toFixed(1)} GiB are free where ${await place} is`;
      const remedy = 'Make room there, or move the state folder ("stateFolder") or TMPDIR.';
      if (free < leastBytes) return wrong('disk', 'disk-full', told, remedy);
      if (files > 0 && ffree < 1000) {
        return wrong(
          'disk',
          'inodes-used-up',
          `no more files can be made where ${await place} is`,
          remedy,
        );
      }
      return free < 8 * leastBytes
        ? warning('disk', 'disk-low', told, remedy)
        : ok('disk', 'disk', told);
    }),
  );
  return findings;
}

/** The folder, or the nearest above it that exists. */
async function nearestThatIs(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  const above = path.dirname(folder);
  return isThere || above === folder ? folder : nearestThatIs(above);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
