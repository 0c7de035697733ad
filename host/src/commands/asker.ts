import { userInfo } from 'node:os';
import type { Asker } from '../operations/operations.ts';

/** Who runs this command, as far as the system knows. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // a uid without an entry in /etc/passwd
  }
}

export function asker(): Asker {
  return { name: userName(), via: 'command' };
}
