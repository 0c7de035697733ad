/**
 * The running server of one data folder: found, awaited, stopped. The truth is `postmaster.pid` together
 * with the process table, never one of them alone.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { identify, type ProcessIdentity, signalProcess, waitForEnd } from '../process-identity.ts';

export interface Postmaster extends ProcessIdentity {
  readonly port: number;
  /** As PostgreSQL writes it: `starting`, `ready`, `stopping`. */
  readonly status: string;
}

const FAST_MS = 20_000;
const QUIT_MS = 5_000;

/** The living server of this data folder; undefined when there is none. */
export function findPostmaster(dataDir: string): Postmaster | undefined {
  // Line 1: pid, line 4: port, line 8: status. src/include/utils/pidfile.h
  const lines = readPidFile(dataDir);
  const identity = identify(Number(lines?.[0]));
  if (lines === undefined || identity === undefined) return undefined;
  if (!belongsTo(identity.pid, dataDir)) return undefined;
  return { ...identity, port: Number(lines[3]), status: lines[7]?.trim() ?? 'starting' };
}

/**
 * Clears the way for a start where no server lives. After a kill -9 of the postmaster some of its
 * children may work on for a while (they would write into the new server's files): they are ended. A
 * `postmaster.pid` whose number now belongs to a stranger, or to a dead process that nobody has reaped
 * (in a container often nobody does), would make PostgreSQL refuse to start: it is removed. One whose
 * process is gone is left for PostgreSQL, which checks more than we can.
 */
export async function clearRemains(dataDir: string): Promise<void> {
  const orphans = processesIn(dataDir);
  for (const orphan of orphans) signalProcess(orphan, 'SIGQUIT');
  for (const orphan of orphans) {
    if (await waitForEnd(orphan, QUIT_MS)) continue;
    signalProcess(orphan, 'SIGKILL');
    await waitForEnd(orphan, QUIT_MS);
  }
  const pid = Number(readPidFile(dataDir)?.[0]);
  if (seemsAlive(pid)) await rm(join(dataDir, 'postmaster.pid'), { force: true });
}

/**
 * Stops a server.
 *
 * @param how - `fast`: sessions are ended and everything is written out; after twenty seconds it is
 *   cut short after all. `immediate`: at once. That costs a recovery at the next start and no committed row
 */
export async function stopPostmaster(
  postmaster: ProcessIdentity,
  how: 'fast' | 'immediate',
): Promise<void> {
  if (how === 'fast') {
    signalProcess(postmaster, 'SIGINT');
    if (await waitForEnd(postmaster, FAST_MS)) return;
  }
  signalProcess(postmaster, 'SIGQUIT');
  if (await waitForEnd(postmaster, QUIT_MS)) return;
  signalProcess(postmaster, 'SIGKILL');
  await waitForEnd(postmaster, QUIT_MS);
}

// As PostgreSQL looks at it, which knows no start times.
function seemsAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function readPidFile(dataDir: string): string[] | undefined {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

// PostgreSQL changes into its data folder, so that is how its processes are known from any other that
// has their number now. Without /proc, the command line names the folder.
function belongsTo(pid: number, dataDir: string): boolean {
  if (process.platform === 'linux') return workingFolder(pid) === realpathSync(dataDir);
  const ps = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.stdout.includes(dataDir);
}

function processesIn(dataDir: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return []; // PostgreSQL's own check of shared memory must do
  const folder = realpathSync(dataDir);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingFolder(Number(name)) === folder)
    .filter((name) => programOf(name) === 'postgres')
    .map((name) => identify(Number(name)))
    .filter((identity) => identity !== undefined);
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // ended, or another user's
  }
}

function programOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
