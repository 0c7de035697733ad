// Loads whose process is killed: whatever the moment, the rows at the end are the same.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ClaimType } from '../layout/layout.ts';
import type { MessageSource } from '../mock/message-source.ts';
import { Random } from '../mock/random.ts';
import {
  configFor,
  endState,
  loaded,
  mockServer,
  progressOf,
  rdaDatabase,
  someClaims,
} from '../testing/harness.testkit.ts';
import type { ChildOrder } from '../testing/load-child.testkit.ts';

const CHILD = fileURLToPath(new URL('../testing/load-child.testkit.ts', import.meta.url));
const IS_DEEP = Boolean(process.env['BFD_DEEP']);
const MESSAGES = IS_DEEP ? 2000 : 400;
const CONFIG = { batchSize: 20, writeThreads: 2, honourDeletes: true, errorLimit: 1000 };
const FAULTS = { badSequences: [3, 200, 201, 399] };

describe('a load that is killed', () => {
  it('at five moments ends with the same rows', { timeout: 120_000 }, async ({ signal }) => {
    await expectSameRows('FISS', 5, signal);
  });

  it.skipIf(!IS_DEEP)(
    'at fifty moments ends with the same rows',
    { timeout: 900_000 },
    async ({ signal }) => {
      await expectSameRows('MCS', 50, signal);
    },
  );
});

async function expectSameRows(type: ClaimType, kills: number, signal: AbortSignal): Promise<void> {
  const source = someClaims({ messages: MESSAGES, claims: 100, deleteEvery: 50 });
  await using whole = await rdaDatabase();
  await using server = await mockServer(source, { faults: FAULTS });
  await loaded({ type, server, pool: whole.pool, signal, config: CONFIG });

  await using db = await rdaDatabase();
  const random = new Random(kills);
  for (let killed = 0; killed < kills; killed++) {
    const done = (await progressOf(db.pool, type)) ?? 0;
    // So far on that every kill finds something to do, and anywhere within it.
    const share = Math.ceil((MESSAGES - done) / (kills - killed));
    const moment = done + 1 + random.below(share);
    await killWhenSent(type, source, moment, db.url);
  }
  const order = { type, server, pool: db.pool, signal, config: CONFIG };
  await loaded(order);

  expect(await endState(db.pool, type)).toEqual(await endState(whole.pool, type));
}

/** Runs a load in a process that is killed when the message with this sequence number is sent. */
async function killWhenSent(
  type: ClaimType,
  source: MessageSource,
  sequence: number,
  databaseUrl: string,
): Promise<void> {
  const moment = Promise.withResolvers<void>();
  const watched: MessageSource = {
    range: source.range,
    async *messages(asked, from) {
      for await (const message of source.messages(asked, from)) {
        if (Number(message.seq) >= sequence) moment.resolve();
        yield message;
      }
    },
  };
  await using server = await mockServer(watched, { faults: FAULTS });
  const order: ChildOrder = { type, databaseUrl, config: configFor(server, CONFIG) };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  await Promise.race([moment.promise, exit]);
  child.kill('SIGKILL');
  await exit;
}
