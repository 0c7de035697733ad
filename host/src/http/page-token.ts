// The token that lets people act on the page: made once, kept in the state folder, readable by the host's user alone.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const TOKEN = /^[\w-]{43}$/;
/** Of an answer of `open`: there is such a file. */
const EXISTS = 'EEXIST';

export function tokenFile(stateFolder: string): string {
  return path.join(stateFolder, 'page-token');
}

/** The token of the hosts with this state folder; makes one at first, and when others could have read the old one. */
export async function readOrMakeToken(stateFolder: string): Promise<string> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = tokenFile(stateFolder);
  const token = randomBytes(32).toString('base64url');
  try {
    // Whoever is first; another host that starts now reads it.
    await using handle = await open(file, 'wx', 0o600);
    await handle.writeFile(token);
    return token;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === EXISTS)) throw error;
  }
  const known = readToken(stateFolder);
  if (known !== undefined) return known;
  const next = `${file}.${process.pid}`;
  await rm(next, { force: true });
  await writeFile(next, token, { mode: 0o600, flag: 'wx' });
  await chmod(next, 0o600);
  await rename(next, file);
  return token;
}

/** The token as the file has it; `undefined` when there is none, it is no token, or others may read it. */
export function readToken(stateFolder: string): string | undefined {
  const file = tokenFile(stateFolder);
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) !== 0) return undefined;
    const text = readFileSync(file, 'utf8').trim();
    return TOKEN.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The address of a page that lets whoever opens it act; without the token where there is none to be read. */
export function linkWithToken(url: string, stateFolder: string): string {
  const token = readToken(stateFolder);
  return token === undefined ? url : `${url}#token=${token}`;
}

/** Compares without telling by its time how much of it was right. */
export function isToken(given: string, token: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}
