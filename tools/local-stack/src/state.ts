/**
 * What the stack remembers: who uses which service, on which port, with which password.
 * Read and written only by the holder of the lock, and replaced in one step.
 */
import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { LocalStackStateError, systemCode } from './errors.ts';
import type { Home } from './home.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

export type ServiceName = 'postgres' | 's3';

export interface StackUser extends ProcessIdentity {
  /** One join; a process may join more than once. */
  readonly id: string;
  readonly services: readonly ServiceName[];
}

export interface PostgresState {
  /** Relative to the home folder, or absolute when it lies elsewhere. */
  readonly dataDir: string;
  readonly adminPassword: string;
  readonly password: string;
  readonly port?: number;
  /** The application's role and database were made. */
  readonly isPrepared: boolean;
}

export interface S3State {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly port?: number;
  /** The running server, and the secret by which it proves to be ours. */
  readonly server?: ProcessIdentity & { readonly proofKey: string };
}

export interface StackState {
  readonly version: 1;
  /** Where the home folder was when this was written. */
  readonly home: string;
  readonly users: readonly StackUser[];
  readonly postgres?: PostgresState;
  readonly s3?: S3State;
}

/**
 * The state, without the users that have died meanwhile.
 *
 * @throws {@link LocalStackStateError} when the file is not what {@link writeState} wrote
 */
export async function readState({ path: home, stateFile }: Home): Promise<StackState> {
  let text: string;
  try {
    text = await readFile(stateFile, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { version: 1, home, users: [] };
    throw error;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new LocalStackStateError(stateFile, 'it is not JSON', { cause: error });
  }
  if (!isState(parsed)) {
    throw new LocalStackStateError(stateFile, 'it is not of the version this program knows (1)');
  }
  if (parsed.home !== home) return asCopy(parsed, home);
  return { ...parsed, users: parsed.users.filter(isRunning) };
}

/** Replaces the state, so that a reader or a crash finds the old one or the new one. */
export async function writeState({ stateFile }: Home, state: StackState): Promise<void> {
  const next = `${stateFile}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(state, undefined, 2)}\n`);
    await file.sync(); // it holds the only copy of the database's password
  } finally {
    await file.close();
  }
  await rename(next, stateFile);
}

/** Whether anybody uses this service. */
export function isUsed(state: StackState, service: ServiceName): boolean {
  return state.users.some((user) => user.services.includes(service));
}

// A folder that was copied or moved: what runs, and who uses it, is of the place it came from. Data
// outside of the folder moves along, and is not shared with a copy.
function asCopy({ postgres, s3, ...state }: StackState, home: string): StackState {
  const isTheirs = postgres !== undefined && isAbsolute(postgres.dataDir) && existsSync(state.home);
  const copy = {
    ...state,
    home,
    users: [],
    ...(postgres === undefined || isTheirs ? {} : { postgres }),
  };
  if (s3 === undefined) return copy;
  const { server: _theirs, ...ownS3 } = s3;
  return { ...copy, s3: ownS3 };
}

// The version vouches for the rest: only this file writes the state, with that number in it.
function isState(value: unknown): value is StackState {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === 1 &&
    'users' in value &&
    Array.isArray(value.users)
  );
}
