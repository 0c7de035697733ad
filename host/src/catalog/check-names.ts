// Names in host.config.json that nobody has.

import { didYouMean } from '../config/did-you-mean.ts';
import type { HostConfig } from '../config/host-config.ts';
import { memberPath, quoted } from '../config/member-path.ts';
import type { Problem } from '../errors.ts';
import type { Catalog } from './catalog.ts';

/**
 * Looks up the jobs, plugins and pools that the file names.
 *
 * @returns `problems`: names nobody has. `notices`: names that may belong to a plugin too broken to tell its own
 */
export function checkNames(
  { plugins, refused, unbuilt }: Catalog,
  config: HostConfig,
): { problems: Problem[]; notices: Problem[] } {
  const jobs = [
    ...plugins.flatMap(({ manifest }) => manifest.jobs.map(({ name }) => name)),
    ...refused.flatMap((refusal) => refusal.jobs ?? []),
  ];
  const names = [...plugins.map(({ name }) => name), ...refused.flatMap(({ name }) => name ?? [])];
  const problems: Problem[] = [];
  const notices: Problem[] = [];
  const withoutJobs = refused.filter((refusal) => refusal.jobs === undefined);
  const withoutName = refused.filter(({ name }) => name === undefined);
  look('jobs', 'job', jobs, [...withoutJobs.map(({ folder }) => folder), ...unbuilt]);
  look('plugins', 'plugin', names, [...withoutName.map(({ folder }) => folder), ...unbuilt]);
  for (const [job, { pool }] of Object.entries(config.jobs)) {
    if (pool === undefined || pool in config.pools) continue;
    const add = `; add "pools": { ${quoted(pool)}: 1 }`;
    const hint = didYouMean(pool, Object.keys(config.pools)) || add;
    const at = memberPath(['jobs', job, 'pool']);
    problems.push({ at, problem: `${quoted(pool)} is no pool of this file${hint}` });
  }
  return { problems, notices };

  function look(
    member: 'jobs' | 'plugins',
    word: string,
    known: readonly string[],
    mute: readonly string[],
  ): void {
    for (const name of Object.keys(config[member])) {
      if (known.includes(name)) continue;
      const at = memberPath([member, name]);
      const hint = didYouMean(name, known);
      if (mute.length > 0) {
        // It may be theirs, however near another name is: one broken plugin must not stop the start.
        const where = `not loaded: ${mute.join(', ')}`;
        notices.push({ at, problem: `is no ${word} of the loaded plugins (${where})${hint}` });
      } else {
        const found = [...new Set(known)].sort().join(', ') || 'none';
        problems.push({ at, problem: `is no ${word}${hint || `; there are: ${found}`}` });
      }
    }
  }
}
