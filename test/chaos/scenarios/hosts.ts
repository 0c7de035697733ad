// What happens to hosts and to their clocks.

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { HostProcess } from '@bfd-host/testkit';
import type { Scenario } from '../outlive.ts';

export const killed: Scenario = {
  name: 'a host was killed and started again',
  isShort: true,
  async strike({ first }) {
    await atWork(first);
    await first.host.kill();
    await first.start();
  },
};

const killedForGood: Scenario = {
  name: 'a host was killed and never came back',
  async strike({ first }) {
    await atWork(first);
    await first.host.kill();
  },
};

const killedAgainAndAgain: Scenario = {
  name: 'hosts were killed and started again eight times in turn',
  async strike({ machines }) {
    for (let times = 0; times < 8; times++) {
      const machine = machines[times % 2];
      await machine?.host.kill();
      await sleep(137 * times);
      await machine?.start();
    }
  },
};

const bothKilled: Scenario = {
  name: 'both hosts were killed at once and started 20 s later',
  async strike({ machines }) {
    await Promise.all(machines.map(({ host }) => host.kill()));
    await sleep(20_000);
    await Promise.all(machines.map((machine) => machine.start()));
  },
};

/** Longer than a lease lasts. */
const STOPPED_MS = 22_000;

const stopped: Scenario = {
  name: 'a host was stopped for 22 s in a run and woken',
  async strike({ first }) {
    await atWork(first);
    first.host.signal('SIGSTOP');
    await sleep(STOPPED_MS);
    first.host.signal('SIGCONT');
  },
};

const clockJumps = pathToFileURL(path.join(import.meta.dirname, '../jumping-clock.mjs')).href;

const clockMoved: Scenario = {
  name: "a host's clock was put forward by an hour and back by two",
  scene: {
    first: { env: { NODE_OPTIONS: `--import=${clockJumps}`, CLOCK_MINUTES: '60,-60,0' } },
  },
  async strike({ first }) {
    for (const _jump of [60, -60, 0]) {
      first.host.signal('SIGUSR2');
      await sleep(4000);
    }
  },
};

/** Waits until a host is in the middle of a run of several commits. */
async function atWork({ host }: { readonly host: HostProcess }): Promise<void> {
  const isRunning = () => {
    const last = host.events.findLast(({ job, event }) => job === 'steps' && /^run\./.test(event));
    return last?.event === 'run.started';
  };
  while (!isRunning()) await sleep(20);
  await sleep(400);
}

export const OF_HOSTS = [
  killed,
  killedForGood,
  killedAgainAndAgain,
  bothKilled,
  stopped,
  clockMoved,
];
