/**
 * As whom PostgreSQL runs. It refuses to be root and needs a user that the system knows by name; yet a
 * container, or a folder below /root, often has nothing but root.
 *
 * - An ordinary user: as that user.
 * - Root, or a uid without a name: in a user namespace that shows PostgreSQL the uid of "nobody", while
 *   files stay ours. No account is made, no file changes hands, and a folder below /root works.
 * - Root where user namespaces are denied (Docker's default): as the user "postgres" or "nobody".
 */
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { PostgresUserError } from '../errors.ts';

export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'user-namespace' }
  | { readonly kind: 'other-user'; readonly uid: number; readonly gid: number };

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly identity: { readonly uid?: number; readonly gid?: number };
}

const NAMESPACE = ['--user', '--map-user=65534', '--map-group=65534'];

/** @throws {@link PostgresUserError} when nothing but root is left */
export function chooseRunAs(): RunAs {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { kind: 'self' };
  if (spawnSync('unshare', [...NAMESPACE, 'true']).status === 0) return { kind: 'user-namespace' };
  if (!isRoot) {
    throw new PostgresUserError(
      `uid ${process.getuid?.()} has no name on this system, and user namespaces are not to be had`,
    );
  }
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { kind: 'other-user', uid, gid };
  }
  throw new PostgresUserError(
    'it is root, user namespaces are denied, and there is neither a user "postgres" nor "nobody"',
  );
}

/** How to run a program of PostgreSQL as that user. */
export function commandAs(runAs: RunAs, file: string, args: readonly string[]): Command {
  switch (runAs.kind) {
    case 'self':
      return { file, args, identity: {} };
    case 'user-namespace':
      return { file: 'unshare', args: [...NAMESPACE, '--', file, ...args], identity: {} };
    case 'other-user':
      return { file, args, identity: { uid: runAs.uid, gid: runAs.gid } };
  }
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false; // no entry in passwd
  }
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const id = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return id.status === 0 ? Number(id.stdout) : undefined;
}
