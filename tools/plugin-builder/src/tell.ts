// What `bfd-plugin` prints: a line for each sound plugin on stdout, every problem on stderr; or one JSON document.

import type { BuiltPlugin } from './build.ts';
import type { FolderResult, Skipped } from './build-all.ts';
import type { CheckedPlugin } from './check.ts';
import { describeProblems } from './problems.ts';

type Result = FolderResult<BuiltPlugin | CheckedPlugin>;

/** Prints what came of each folder and returns the exit code: 1 if a plugin is not sound or there was none. */
export function tell(results: readonly Result[], options: { readonly json?: boolean }): 0 | 1 {
  if (options.json) {
    console.log(JSON.stringify({ plugins: results.map(asJson) }, null, 2));
  } else {
    for (const result of results) tellOne(result);
  }
  const isFine = results.every(
    (result) =>
      result.kind === 'done' || (result.kind === 'skipped' && isHarmless(result, results)),
  );
  return isFine ? 0 : 1;
}

function tellOne(result: Result): void {
  switch (result.kind) {
    case 'done':
      console.log(describePlugin(result.plugin));
      return;
    case 'skipped':
      console.error(`${result.folder}: skipped, ${WHY_SKIPPED[result.why]}`);
      return;
    case 'failed':
      console.error(describeProblems(result.folder, result.problems));
      return;
  }
}

const WHY_SKIPPED: Readonly<Record<Skipped, string>> = {
  'already-built': 'it was dropped in already built',
  'no-folder': 'it is not a folder',
  'no-plugin': 'it has neither package.json nor plugin.json',
};

// Among plugins a file may lie; alone it is a mistake.
function isHarmless({ why }: { why: Skipped }, all: readonly Result[]): boolean {
  return why === 'already-built' || all.some(({ kind }) => kind !== 'skipped');
}

function describePlugin(plugin: BuiltPlugin | CheckedPlugin): string {
  const { name, version, jobs } = plugin.manifest;
  const jobNames = jobs.map((job) => job.name).join(', ');
  const facts = 'isChanged' in plugin ? howBuilt(plugin) : 'sound';
  return `${`${name} ${version}`.padEnd(26)} ${facts.padEnd(18)} ${jobNames}`;
}

function howBuilt({ isChanged, sizeBytes }: BuiltPlugin): string {
  return `${isChanged ? 'built' : 'unchanged'}, ${Math.ceil(sizeBytes / 1000)} kB`;
}

function asJson(result: Result): Record<string, unknown> {
  const { folder, kind } = result;
  switch (result.kind) {
    case 'done': {
      const { manifest, ...facts } = result.plugin;
      return { source: folder, result: kind, ...facts, manifest };
    }
    case 'skipped':
      return { source: folder, result: kind, why: result.why };
    case 'failed':
      return { source: folder, result: kind, problems: result.problems };
  }
}
