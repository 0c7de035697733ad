// The list of behaviours on one target, as tests. In the short run of all tests only the quick ones; `npm run
// test:conformance` runs all and prints them as a table.

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Project } from '../support/project.ts';
import {
  BEHAVIOURS,
  type Behaviour,
  expectedOn,
  FOLLOWER,
  type TargetName,
  type Tried,
} from './behaviours.ts';
import { behavioursProject } from './exported-project.ts';
import { leftBehind } from './left-behind.ts';
import type { Target } from './target.ts';

declare module 'vitest' {
  interface TaskMeta {
    conformance?: { readonly target: string; readonly behaviour: string; readonly how: string };
  }
}

const IS_DEEP = process.env['BFD_DEEP'] !== undefined;

/** How long runs wait for their gates. To be lost takes 15 s, until which a lease is renewed. */
const WAIT_FOR = IS_DEEP ? '20s' : '1s';

/**
 * @param isQuick - whether this target takes part in the short run
 * @param open - exports the jobs with `--wait-for` as given
 */
export function describeTarget(
  name: TargetName,
  isQuick: boolean,
  open: (project: Project, waitFor: string) => Promise<Target>,
): void {
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
  const behaviours = BEHAVIOURS.filter(
    (behaviour) =>
      expectedOn(name, behaviour) !== undefined && (IS_DEEP || (isQuick && behaviour.isQuick)),
  );

  describe.skipIf(behaviours.length === 0)(`on ${name}`, () => {
    const resources = new AsyncDisposableStack();
    let project: Project;
    let target: Target;

    beforeAll(async () => {
      project = resources.use(await behavioursProject());
      target = resources.use(await open(project, WAIT_FOR));
    });
    afterAll(() => resources.disposeAsync());

    it.for(behaviours)('$name', async (behaviour, { task }) => {
      task.meta.conformance = { target: name, behaviour: behaviour.name, how: 'executed' };
      await check(behaviour);
    });

    async function check(behaviour: Behaviour): Promise<void> {
      const { job, interference, counts } = behaviour;
      const expected = expectedOn(name, behaviour);
      if (job === 'needs-42') await target.run('at-41', undefined);

      const { verdict, exitCodes } = await target.run(job, interference);

      expect({ verdict, tries: await triesOf(project, job) }).toEqual({
        verdict: expected?.verdict,
        tries: expected?.tries,
      });
      if (name !== 'host') expect(exitCodes).toEqual(expected?.exitCodes);
      if (counts) expect(await countsOf(project, job)).toEqual(counts);
      await expect(await leftBehind(project, job, target.told)).toMatchFileSnapshot(
        path.join(import.meta.dirname, 'left-behind', `${leftBehindName(name, behaviour)}.json`),
      );
      if (behaviour.name === 'nothing to do')
        expect(await lastOutcome(project, job)).toBe('nothing-to-do');
      if (job === 'comes-first') {
        expect(await triesOf(project, FOLLOWER)).toEqual([[1, 'succeeded']]);
      }
    }
  });
}

/** One file for all targets, but for those on which the tries themselves are others. */
function leftBehindName(target: TargetName, { name, except = {} }: Behaviour): string {
  const own = except[target]?.tries === undefined ? '' : `.${target}`;
  return `${name.replaceAll(/[^a-z]+/g, '-').replace(/-$/, '')}${own}`;
}

/** What is on record of the job's one run. */
async function triesOf(project: Project, job: string): Promise<Tried[]> {
  const { rows } = await project.database.pool.query<{
    run_id: string;
    attempt: number;
    result: string;
  }>('select run_id, attempt, result from bfd_host.run where job_name = $1 order by attempt', [
    job,
  ]);
  expect(new Set(rows.map(({ run_id: id }) => id)).size).toBeLessThanOrEqual(1);
  return rows.map(({ attempt, result }) => [attempt, result]);
}

async function countsOf(project: Project, job: string): Promise<unknown> {
  const { rows } = await project.database.pool.query<{ counts: unknown }>(
    "select counts from bfd_host.run where job_name = $1 and result = 'succeeded'",
    [job],
  );
  return rows[0]?.counts;
}

async function lastOutcome(project: Project, job: string): Promise<unknown> {
  const { rows } = await project.database.pool.query<{ last_outcome: string }>(
    'select last_outcome from bfd_host.job where name = $1',
    [job],
  );
  return rows[0]?.last_outcome;
}
