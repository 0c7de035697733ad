// The RDA loads as an operator meets them: a real host, killed in the middle together with the job's process or left
// alive while that is killed, against the mock server.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { MessageSource } from '../../plugins/dc-geo/src/mock/message-source.ts';
import {
  endState,
  loaded,
  mockServer,
  PEPPER,
  progressOf,
  rdaDatabase,
  someClaims,
} from '../../plugins/dc-geo/src/testing/harness.testkit.ts';
import { type HostProcess, Project } from '../support/project.ts';

const JOB = 'rda-fiss-load';
const MESSAGES = 600;
const LOAD = {
  batchSize: 20,
  writeThreads: 2,
  honourDeletes: true,
  errorLimit: 10,
  iterations: 2,
};
const FAULTS = { badSequences: [3, 200, 599] };
/** What is killed, and how far the load is then. A third crash within minutes would put the job into quarantine. */
const KILLS = process.env['BFD_DEEP']
  ? (['job', 'host', 'host', 'job', 'host', 'host', 'host', 'host'] as const)
  : (['job', 'host'] as const);

describe('a load of RDA claims in a host', () => {
  it('leaves the same rows when its process is killed, and its host', {
    timeout: 60_000 + KILLS.length * 30_000,
  }, async ({ signal }) => {
    const source = someClaims({ messages: MESSAGES, claims: 80, deleteEvery: 50 });
    await using whole = await rdaDatabase();
    await using server = await mockServer(source, { faults: FAULTS });
    await loaded({ type: 'FISS', server, pool: whole.pool, signal, config: LOAD });

    const watched = new WatchedSource(source);
    await using slow = await mockServer(watched, { faults: { ...FAULTS, delayMs: 1 } });
    await using project = await Project.make({ shipped: ['database-schema', 'dc-geo'] });
    const { pool } = project.database;
    await project.configure({
      jobs: {
        [JOB]: {
          enabled: true,
          startup: true,
          schedule: '* * * * * *',
          config: { ...LOAD, host: slow.host, port: slow.port, pepper: PEPPER },
        },
      },
    });
    let host = project.start();
    for (const [index, what] of KILLS.entries()) {
      const done = (index && (await progressOf(pool, 'FISS'))) || 0;
      const share = Math.ceil((MESSAGES - done) / (KILLS.length - index));
      await watched.sends(done + 1 + Math.floor(Math.random() * share));
      if (what === 'job') {
        killJobProcess(host);
        await host.waitFor({ event: 'run.finished', job: JOB, result: 'crashed' });
      } else {
        await host.kill();
        host = project.start();
      }
    }
    await expect
      .poll(() => progressOf(pool, 'FISS'), { timeout: 60_000, interval: 100 })
      .toBe(MESSAGES);
    await host.stop();

    expect(await endState(pool, 'FISS')).toEqual(await endState(whole.pool, 'FISS'));
  });
});

/** A source that tells when it sends a message. */
class WatchedSource implements MessageSource {
  readonly range;
  readonly #source: MessageSource;
  readonly #waiting = new Map<() => void, number>();

  constructor(source: MessageSource) {
    this.range = source.range;
    this.#source = source;
  }

  async *messages(...asked: Parameters<MessageSource['messages']>) {
    for await (const message of this.#source.messages(...asked)) {
      for (const [tell, sequence] of this.#waiting) {
        if (Number(message.seq) < sequence) continue;
        this.#waiting.delete(tell);
        tell();
      }
      yield message;
    }
  }

  /** Settles when a message with this sequence number, or a later one, is sent from now on. */
  sends(sequence: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(resolve, sequence));
  }
}

function killJobProcess(host: HostProcess): void {
  const all = execFileSync('ps', ['-axo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const children = all
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === host.pid && found?.[3]?.includes('--permission'));
  expect(children.length).toBeGreaterThan(0);
  for (const found of children) process.kill(Number(found?.[1]), 'SIGKILL');
}
