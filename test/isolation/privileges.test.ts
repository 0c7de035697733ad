import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './support.ts';

const asRoot = process.getuid?.() === 0 && process.platform === 'linux';
const hasNetworkFlag = Number(process.versions.node.split('.')[0]) >= 26;

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open({ env: { ...process.env, HOST_SECRET: 'pepper', TZ: 'UTC' } });
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a job without privileges', () => {
  it('sees next to nothing of the environment', async () => {
    const { end } = await bench.fault('environment has secret');
    expect(end).toMatchObject({ outcome: { counts: { found: 0 } } });
  });

  it('has a thread of the pool for each core, where hashes are made', async () => {
    const { end } = await bench.fault('pool threads');
    expect(end).toMatchObject({
      outcome: { counts: { threads: Math.max(4, availableParallelism()) } },
    });
  });

  it.each([
    ['read passwd', 'read'],
    ['write outside', 'write'],
    ['spawn', 'childProcesses'],
    ['kill parent', 'childProcesses'],
    ['kill parent past process.kill', 'childProcesses'],
    ...(hasNetworkFlag ? [['connect', 'network']] : []),
  ])('is not permitted to: %s', async (does, privilege) => {
    const { end } = await bench.fault(does);
    expect(end).toMatchObject({
      kind: 'threw',
      error: { code: 'BFD_JOB_NOT_PERMITTED', isPermanent: true },
    });
    expect(end).toMatchObject({ error: { remedy: expect.stringContaining(`"${privilege}"`) } });
  });

  it('has no database of Node, which would open any file', async () => {
    const { end } = await bench.fault('open sqlite');
    expect(end).toMatchObject({ error: { code: 'BFD_SYSTEM_UNKNOWN_BUILTIN_MODULE' } });
  });

  it.runIf(asRoot)('has a user of its own, and cannot signal the host', async () => {
    const { end } = await bench.fault('kill parent', {
      spec: { privileges: { childProcesses: true } }, // nothing else holds it back then
    });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_SYSTEM_EPERM' } });
    expect(await bench.processes.isolation()).toMatchObject({ users: 'own' });
    const [status] = bench.processes.status();
    expect(status?.uid).toBeGreaterThan(60_000);
  });

  it('has a temporary folder that is empty in each run', async () => {
    await bench.fault('temp file');
    const { end } = await bench.fault('temp file');
    expect(end).toMatchObject({ outcome: { counts: { found: 0 } } });
  });
});

describe('a job with privileges', () => {
  it('has the variables it was granted', async () => {
    const { end } = await bench.fault('environment has secret', {
      spec: { privileges: { environment: ['HOST_SECRET'] } },
    });
    expect(end).toMatchObject({ outcome: { counts: { found: 1 } } });
  });

  it('reads the file it was granted', async () => {
    const { end } = await bench.fault('read passwd', {
      spec: { privileges: { read: ['/etc/passwd'] } },
    });
    expect(end.kind).toBe('returned');
  });

  it('leaves no program behind that left its process group', async () => {
    const { end } = await bench.fault('leave grandchild', {
      spec: { privileges: { childProcesses: true }, idleMs: 0 },
    });
    const pid =
      end.kind === 'returned' && end.outcome.kind === 'work-done' ? end.outcome.counts['pid'] : 0;
    expect(pid).toBeGreaterThan(0);
    await bench.fault('nothing'); // another spec: the old process has ended before
    expect(isRunning(pid ?? 0)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'latin1'));
}
