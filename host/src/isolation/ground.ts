// Where and as whom the job processes of one host run, found out once: by trying.

import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Launcher } from './launcher.ts';
import { canChooseUsers, isReachableByAll, OwnUsers } from './own-users.ts';
import type { RuntimeFiles } from './runtime-files.ts';
import { Staging } from './staging.ts';

export interface GroundOptions {
  readonly stateFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly runtime: RuntimeFiles;
  /** `false`: all processes as the host's own user. */
  readonly ownUsers: boolean;
}

/** How far jobs are kept from the host and from each other. */
export interface IsolationFacts {
  /** `own`: each job has a user id of its own. */
  readonly users: 'own' | 'same';
  /** Why not its own, if the host could have given it one. */
  readonly reason?: string;
  readonly runtime: 'bundled' | 'unbundled';
}

export interface Ground {
  readonly staging: Staging;
  readonly launcher: Launcher;
  readonly users: OwnUsers | undefined;
  readonly facts: IsolationFacts;
}

export class GroundError extends Error {
  readonly code = 'BFD_JOB_PROCESSES';
  constructor(folder: string) {
    super(
      `Job processes cannot be started from ${folder}: starting Node there did not work. ` +
        'Look whether the file system is mounted noexec or the machine is out of processes.',
    );
  }
}

/** @throws {@link GroundError} */
export async function prepareGround(options: GroundOptions): Promise<Ground> {
  const { stateFolder, env, runtime } = options;
  const own = await ownGround(options);
  if (typeof own === 'object') return own;
  const staging = await Staging.open(stateFolder, runtime, false);
  const launcher = await Launcher.prepare(staging, env, undefined);
  if (!launcher) {
    await staging.close();
    throw new GroundError(stateFolder);
  }
  const facts = { users: 'same', runtime: runtime.kind, ...(own ? { reason: own } : {}) } as const;
  return { staging, launcher, users: undefined, facts };
}

/** The ground, or why there is none; nothing is said where the host may not choose users anyway. */
async function ownGround(options: GroundOptions): Promise<Ground | string | undefined> {
  const { stateFolder, env, runtime, ownUsers } = options;
  if (!ownUsers || !canChooseUsers()) return undefined;
  if (runtime.kind === 'unbundled' && !isReachableByAll(runtime.entry)) {
    return 'the runtime of jobs is not bundled and lies where other users may not go; run `npm run build`';
  }
  const parent = isReachableByAll(stateFolder) ? stateFolder : ownedTempFolder();
  if (parent === undefined) return `no folder below ${tmpdir()} can be made that belongs to root`;
  const staging = await Staging.open(parent, runtime, true);
  const users = new OwnUsers(staging.folder);
  const launcher = await Launcher.prepare(staging, env, users.of('probe'));
  if (launcher) return { staging, launcher, users, facts: { users: 'own', runtime: runtime.kind } };
  await staging.close();
  return 'a process of another user cannot be started here';
}

/** A folder that nobody else can have made or can change. */
function ownedTempFolder(): string | undefined {
  const folder = path.join(tmpdir(), 'bfd-host-jobs');
  try {
    mkdirSync(folder, { mode: 0o711 });
  } catch {
    // It is there, or cannot be made: looked at next.
  }
  try {
    const { uid, mode } = lstatSync(folder);
    const isOurs = lstatSync(folder).isDirectory() && uid === 0 && (mode & 0o022) === 0;
    return isOurs && isReachableByAll(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}
