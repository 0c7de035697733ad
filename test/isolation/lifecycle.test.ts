import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, builtFaultPlugin, builtRuntime, LIMITS } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

const state = () => bench.processes.status()[0]?.state;

describe('the process of a job', () => {
  it('is used again by the next run', async () => {
    await bench.fault('exit');
    await bench.fault('count runs');
    const { end } = await bench.fault('count runs');
    expect(end).toMatchObject({ outcome: { counts: { runs: 2 } } });
  });

  it('is a new one when the configuration changed', async () => {
    await bench.fault('count runs');
    const { end } = await bench.fault('count runs', { limits: { memoryMb: 100 } });
    expect(end).toMatchObject({ outcome: { counts: { runs: 1 } } });
  });

  it('is a new one after a run that left something open', async () => {
    const { end } = await bench.fault('leave timer');
    expect(end.kind).toBe('returned');
    expect(state()).toBe('ended');
  });

  it('ends when it is idle', async () => {
    await bench.fault('work', { spec: { idleMs: 50 } });
    while (state() !== 'ended') await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('takes one run at a time', async () => {
    const first = bench.fault('work');
    await expect(bench.fault('work')).rejects.toMatchObject({ code: 'BFD_JOB_BUSY' });
    await first;
  });

  it('survives that a hook of the host throws', async () => {
    const end = await bench.processes.run(
      bench.spec('fault'),
      {
        runId: 'a',
        attempt: 1,
        epoch: 1,
        trigger: { kind: 'manual', requestedBy: 'progress' },
        graceMs: 1000,
      },
      {
        workStarts: () => {
          throw new Error('the host’s own');
        },
        progress: () => {},
        log: () => {},
        spans: () => {},
      },
      new AbortController().signal,
    );
    expect(end.kind).toBe('returned');
  });

  it('that dies between runs costs the next run nothing', async () => {
    await bench.fault('work');
    const pid = bench.processes.status()[0]?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    const { end } = await bench.fault('work');
    expect(end.kind).toBe('returned');
  });
});

describe('a run given to a process that was used before', () => {
  it('is begun in a new one when the old one does not take it on', async () => {
    await bench.fault('loop when it is over');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { end } = await bench.fault('count runs');
    expect(end).toMatchObject({ outcome: { counts: { runs: 1 } } });
  });

  it('is not begun again when the old one took it on and died', async () => {
    await bench.fault('work');
    const { end, told } = await bench.fault('log and exit');
    expect(end).toMatchObject({ kind: 'died', reason: 'exit' });
    expect(told.logs).toHaveLength(1);
  });

  it('is not begun again when it blocks the old one for long', async () => {
    const limits = { blockedWarnMs: 1000, blockedKillMs: 2600 };
    await bench.fault('work', { limits });
    const { end, told } = await bench.fault('loop', { limits });
    expect(end).toMatchObject({ kind: 'died', reason: 'blocked' });
    expect(told.blocked).toHaveLength(1);
  });
});

describe('closing', () => {
  it('ends all processes and removes what they ran from', async () => {
    const own = await Bench.open({ ownUsers: false });
    await own.fault('work');
    const pid = own.processes.status()[0]?.pid ?? 0;
    await own.processes[Symbol.asyncDispose]();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(readdirSync(path.join(own.folder, 'jobs'))).toEqual([]);
    await own[Symbol.asyncDispose]();
  });

  it('ends a run under way', async () => {
    const own = await Bench.open();
    const running = own.fault('hang');
    while (own.processes.status()[0]?.state !== 'running') {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await own[Symbol.asyncDispose]();
    expect((await running).end.kind).toBe('died');
  });
});

describe('a host that is killed', () => {
  it.each(['hang', 'loop'])('leaves no process of a job behind: %s', async (does) => {
    const host = spawn(process.execPath, ['--input-type=module', '-'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    host.stdin.end(await hostProgram(does));
    const [line] = await once(host.stdout.setEncoding('utf8'), 'data');
    const pid = Number(line);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    host.kill('SIGKILL');
    await once(host, 'exit');
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

async function hostProgram(does: string): Promise<string> {
  const spec = {
    job: 'fault',
    plugin: await builtFaultPlugin(),
    config: {},
    needs: ['logger'],
    schemas: [],
    privileges: {},
    limits: LIMITS,
  };
  const source = path.resolve(import.meta.dirname, '../../host/dist/isolation/job-process.js');
  return `
    import { JobProcesses } from ${JSON.stringify(source)};
    const processes = new JobProcesses({
      stateFolder: ${JSON.stringify(path.join(bench.folder, 'killed'))},
      runtimeFolder: ${JSON.stringify(await builtRuntime())},
    });
    const hooks = { workStarts: () => console.log(processes.status()[0].pid), progress() {}, log() {}, spans() {} };
    const trigger = { kind: 'manual', requestedBy: ${JSON.stringify(does)} };
    const request = { runId: 'r', attempt: 1, epoch: 1, trigger, graceMs: 1000 };
    await processes.run(${JSON.stringify(spec)}, request, hooks, new AbortController().signal);`;
}

function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'latin1'));
}
