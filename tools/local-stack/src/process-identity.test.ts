import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { until } from '../../../test/support/stack-users.ts';
import { identify, isRunning, ownIdentity, signalProcess } from './process-identity.ts';

describe('the identity of a process', () => {
  it('is its own while it runs', () => {
    expect(isRunning(ownIdentity())).toBe(true);
  });

  it('is not that of another process which got the same number later', () => {
    const earlier = { ...ownIdentity(), startedAt: 'an earlier boot/12345' };

    expect(isRunning(earlier)).toBe(false);
    signalProcess(earlier, 'SIGKILL'); // would end this very test run
  });

  it('is gone when the process has ended', async () => {
    const child = spawn('true');
    const pid = child.pid ?? 0;
    await once(child, 'exit');

    expect(identify(pid)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')(
    'is gone when nobody has reaped the dead process yet',
    async () => {
      // The shell turns into a sleep, which never asks after the child that the shell had.
      const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60']);
      const [line] = await once(createInterface({ input: parent.stdout }), 'line');
      const pid = Number(line);
      await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));

      expect(identify(pid)).toBeUndefined();
      parent.kill('SIGKILL');
    },
  );

  it('is none for what is no pid', () => {
    expect([0, -1, 1.5, Number.NaN].map(identify)).toEqual(Array(4).fill(undefined));
  });
});
