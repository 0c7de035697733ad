// What processes cost, as the kernel counts it. Linux only: elsewhere there is no /proc, and the figures are 0.

import { readFileSync } from 'node:fs';

/** proc(5): clock ticks of /proc, 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 25;

/** CPU seconds so far of a PostgreSQL server: of all of its processes, those that have ended included. */
export function serverCpuSeconds(backendPid: number): number {
  const postmaster = Number(statOf(backendPid)?.[1] ?? 0);
  const own = cpuOf(postmaster, { withEndedChildren: true });
  return childrenOf(postmaster).reduce((sum, pid) => sum + cpuOf(pid), own);
}

/** CPU seconds so far of all processes of this machine. */
export function machineCpuSeconds(): number {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = procFile('stat')
    .slice('cpu'.length, procFile('stat').indexOf('\n'))
    .trim()
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

export interface CommandCosts {
  /** Of the job's process and of the host that started it. */
  readonly clientCpuSeconds: number;
  /** Of the job's process. */
  readonly peakRssMb: number;
}

/** Watches a `bfd-host run` and the job's process that it starts. */
export class CommandWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  readonly #cpu = new Map<number, number>();
  #job = 0;
  #peakRssMb = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS);
  }

  stop(): CommandCosts {
    clearInterval(this.#timer);
    const clientCpuSeconds = [...this.#cpu.values()].reduce((sum, cpu) => sum + cpu, 0);
    return { clientCpuSeconds, peakRssMb: this.#peakRssMb };
  }

  #look(): void {
    for (const pid of [this.#pid, ...descendantsOf(this.#pid)]) {
      const cpu = cpuOf(pid);
      if (cpu > 0) this.#cpu.set(pid, cpu);
      // The permission model is what sets a job's process apart from its host.
      const isJob = pid === this.#job || procFile(`${pid}/cmdline`).includes('\0--permission\0');
      if (!isJob) continue;
      this.#job = pid;
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(procFile(`${pid}/status`))?.[1];
      if (peak !== undefined) this.#peakRssMb = Math.max(this.#peakRssMb, Number(peak) / 1024);
    }
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid: number): number[] {
  return procFile(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function cpuOf(pid: number, options: { withEndedChildren?: boolean } = {}): number {
  const stat = statOf(pid);
  if (!stat) return 0;
  const fields = options.withEndedChildren ? [11, 12, 13, 14] : [11, 12];
  return fields.reduce((sum, field) => sum + Number(stat[field]), 0) / TICKS_PER_SECOND;
}

/** Fields of proc_pid_stat(5) from the third on, the state; the fourth is the parent. */
function statOf(pid: number): string[] | undefined {
  const stat = procFile(`${pid}/stat`);
  // The name in parentheses may hold anything.
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function procFile(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1');
  } catch {
    return ''; // it has ended, or there is no /proc
  }
}
