// Whatever happens to hosts, database, S3 and the ways between them: afterwards all is as if nothing had happened, apart from
// the time it took. Some scenarios by default, all of them in the long form.

import { afterAll, describe, expect, it } from 'vitest';
import { BACK, type Outcome, outlive } from './outlive.ts';
import { OF_DATABASE } from './scenarios/database.ts';
import { killed, OF_HOSTS } from './scenarios/hosts.ts';
import { OF_WAYS } from './scenarios/ways.ts';
import { Scene } from './scene.ts';
import { table } from './table.ts';

const IS_LONG = process.env['BFD_DEEP'] === '1';
const ALL = [...OF_DATABASE, ...OF_HOSTS, ...OF_WAYS];
const scenarios = IS_LONG ? ALL : ALL.filter(({ isShort }) => isShort);
/** How long is looked before and after. */
const SECONDS = IS_LONG ? 24 : 6;

const outcomes = new Map<string, Outcome | string>();

describe.concurrent('all is as if nothing had happened after', () => {
  for (const scenario of scenarios) {
    it(scenario.name, { timeout: 600_000 }, async ({ skip }) => {
      const reason = scenario.whyNot?.();
      if (reason !== undefined) {
        outcomes.set(scenario.name, reason);
        skip(reason);
      }
      await using scene = await Scene.open(scenario.scene);

      const outcome = await outlive(scene, scenario, SECONDS);
      outcomes.set(scenario.name, outcome);

      expect(outcome).toMatchObject({
        pending: 0,
        lost: 0,
        doubled: 0,
        misordered: 0,
        hanging: [],
      });
      expect(outcome.before).toBeGreaterThan(0);
      expect(outcome.after).toBeGreaterThanOrEqual(BACK * outcome.before);
    });
  }

  it.runIf(IS_LONG)(
    '… which a job that ignores the fence shows not to go without saying',
    {
      timeout: 600_000,
    },
    async () => {
      await using scene = await Scene.open({ plugin: 'careless' });

      const outcome = await outlive(scene, killed, SECONDS);

      expect(outcome.doubled).toBeGreaterThan(0);
    },
  );
});

afterAll(() => {
  if (outcomes.size > 0) console.log(table(outcomes));
});
