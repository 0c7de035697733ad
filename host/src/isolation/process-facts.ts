// What the kernel knows of a process. Linux tells by /proc; elsewhere these facts are missing and what needs them is
// left out.

import { readdirSync, readFileSync } from 'node:fs';

const isLinux = process.platform === 'linux';

/** Memory a process holds, in MiB; `undefined` where that cannot be told. */
export function rssMb(pid: number): number | undefined {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status') ?? '')?.[1];
  return found === undefined ? undefined : Math.round(Number(found) / 1024);
}

/** When a process was started, in ticks since the machine was: with its pid, what no other process has. */
export function startTicks(pid: number): string | undefined {
  const stat = procFile(pid, 'stat');
  // The name in parentheses may hold anything. proc_pid_stat(5): the 22nd field.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** Processes that have `marker` in the environment they were started with. */
export function processesMarked(marker: string): number[] {
  if (!isLinux) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => procFile(pid, 'environ')?.split('\0').includes(marker));
}

export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function procFile(pid: number, name: string): string | undefined {
  if (!isLinux) return undefined;
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined; // it has ended, or is not ours
  }
}
