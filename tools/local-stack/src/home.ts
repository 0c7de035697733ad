/** The one folder that holds everything of the local stack, and the names of what is in it. */
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LocalStackHomeError, LocalStackOwnerError, systemCode } from './errors.ts';

export interface Home {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly lockFile: string;
  readonly stateFile: string;
  readonly postgresLog: string;
  readonly s3Folder: string;
  readonly s3Log: string;
}

/**
 * Makes the folder (0700) if it is not there, and makes sure that it is ours.
 *
 * @throws {@link LocalStackOwnerError} when another user owns it
 * @throws {@link LocalStackHomeError} when it is no folder or cannot be made
 */
export async function openHome(folder: string): Promise<Home> {
  const wanted = resolve(folder);
  try {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new LocalStackHomeError(wanted, 'it is no folder');
    throw new LocalStackHomeError(wanted, `it cannot be made (${systemCode(error)})`, {
      cause: error,
    });
  }
  const path = await realpath(wanted);
  // Both ends of a symbolic link: in a shared /tmp the link itself may be somebody else's.
  for (const end of [wanted, path]) {
    const { uid } = await lstat(end);
    const ownUid = process.getuid?.() ?? uid;
    if (uid !== ownUid) throw new LocalStackOwnerError(end, uid, ownUid);
  }
  return homeAt(path);
}

function homeAt(path: string): Home {
  return {
    path,
    lockFile: join(path, 'lock'),
    stateFile: join(path, 'local-stack.json'),
    postgresLog: join(path, 'postgres.log'),
    s3Folder: join(path, 's3'),
    s3Log: join(path, 's3.log'),
  };
}
