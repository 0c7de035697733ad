// Processes that a command of ours has started, as the system lists them.

import { spawnSync } from 'node:child_process';

/** The process in which a host runs a job, found by what sets it apart: the permission model. */
export function jobProcessOf(hostPid: number): number | undefined {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const processes = stdout.split('\n').map((line) => {
    const [, pid = '0', parent = '0', args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), args };
  });
  const family = new Set([hostPid]);
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.find(({ pid, args }) => family.has(pid) && args.includes(' --permission '))?.pid;
}
