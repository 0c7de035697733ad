// What happens between a host and what it uses.

import { setTimeout as sleep } from 'node:timers/promises';
import { Network } from '../network.ts';
import type { Scenario } from '../outlive.ts';
import type { Scene } from '../scene.ts';

const halfOpen: Scenario = {
  name: 'connections of a host to the database went silent and never spoke again',
  isShort: true,
  async strike({ first }) {
    first.database.silent();
    await sleep(5000); // then new ones can be made
    await first.database.mended();
  },
};

const allHalfOpen: Scenario = {
  name: 'nothing of both hosts reached the database for 20 s, and old connections stayed silent',
  async strike({ machines }) {
    for (const { database } of machines) database.silent();
    await sleep(20_000);
    for (const { database } of machines) await database.mended();
  },
};

const refused: Scenario = {
  name: 'the database could not be reached by one host for 20 s',
  async strike({ first }) {
    first.database.down();
    await sleep(20_000);
    await first.database.mended();
  },
};

const slow: Scenario = {
  name: 'the database was 200 ms away from one host for 20 s',
  async strike({ first }) {
    first.database.slow(100);
    await sleep(20_000);
    first.database.slow(0);
    await first.database.mended();
  },
};

const partition: Scenario = {
  name: 'the cable of a host was pulled for 25 s',
  whyNot: Network.whyNot,
  scene: { first: { hasNetwork: true } },
  async strike({ first }) {
    first.network?.pullCable();
    await sleep(25_000);
    first.network?.plugIn();
  },
};

const cableGone: Scenario = {
  name: 'the cable of a host was pulled for good',
  whyNot: Network.whyNot,
  scene: { first: { hasNetwork: true } },
  async strike({ first }) {
    first.network?.pullCable();
  },
};

const s3 = (name: string, strike: (scene: Scene) => void, isShort = false): Scenario => ({
  name,
  isShort,
  async strike(scene) {
    strike(scene);
    await sleep(10_000);
    for (const machine of scene.machines) await machine.s3.mended();
  },
});

const ofS3 = [
  s3('S3 was away for 10 s', ({ machines }) => {
    for (const machine of machines) machine.s3.down();
  }),
  s3('S3 took two seconds for each answer for 10 s', ({ machines }) => {
    for (const machine of machines) machine.s3.slow(1000);
  }),
  s3(
    'S3 answered 503 for 10 s',
    ({ machines }) => {
      for (const machine of machines) machine.s3.busy();
    },
    true,
  ),
  s3('S3 went silent for 10 s', ({ machines }) => {
    for (const machine of machines) machine.s3.silent();
  }),
];

export const OF_WAYS = [halfOpen, allHalfOpen, refused, slow, partition, cableGone, ...ofS3];
