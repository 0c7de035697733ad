// A user id for each job, where the host is root: then a job can neither signal the host or another job, nor read
// their memory, environment or files, whatever it tries.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

// What systemd hands out as dynamic users, and nobody else does. https://systemd.io/UIDS-GIDS/
const FIRST = 61_184;
const LAST = 65_519;

export function canChooseUsers(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

export class OwnUsers {
  readonly #salt: string;
  readonly #byJob = new Map<string, number>();

  /** @param salt - differs between hosts of one machine, so that their jobs have different users */
  constructor(salt: string) {
    this.#salt = salt;
  }

  /** Always the same for a job, and no other job's. */
  of(job: string): number {
    const known = this.#byJob.get(job);
    if (known !== undefined) return known;
    const digest = createHash('sha256').update(`${this.#salt}\0${job}`).digest();
    const taken = new Set([...this.#byJob.values(), ...namedUsers()]);
    const count = LAST - FIRST + 1;
    let uid = FIRST + (digest.readUInt32BE(0) % count);
    for (let tries = 0; tries < count && isTaken(uid, taken); tries++) {
      uid = uid === LAST ? FIRST : uid + 1;
    }
    this.#byJob.set(job, uid);
    return uid;
  }
}

function isTaken(uid: number, taken: ReadonlySet<number>): boolean {
  return taken.has(uid) || existsSync(`/run/systemd/dynamic-uid/${uid}`);
}

function namedUsers(): number[] {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.map((line) => Number(line.split(':')[2])).filter(Number.isInteger);
  } catch {
    return []; // a container without one
  }
}

/** Whether any user may walk to a place. What is not there yet does not stand in the way. */
export function isReachableByAll(place: string): boolean {
  for (let folder = path.resolve(place); ; folder = path.dirname(folder)) {
    if (existsSync(folder)) {
      const { mode } = statSync(folder);
      if ((mode & 0o001) === 0) return false;
    }
    if (folder === path.dirname(folder)) return true;
  }
}
