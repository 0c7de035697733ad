// The commands that documents tell people to type: `sh` blocks, in their order, and what is said of each in the line above.
//
//   <!-- not run here: why, and what runs it instead -->
//   <!-- first: commands that must go before and interest no reader -->

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, repositoryFiles } from './repository.ts';

export interface CommandBlock {
  readonly document: string;
  readonly line: number;
  readonly commands: string;
  readonly first?: string;
  /** Absent: it is run. */
  readonly notRun?: string;
}

/** README of the projects that create-bfd-job writes: test/scaffold runs what is in it, in such projects. */
const OF_PROJECTS = /^tools\/create-bfd-job\/templates\//;

/** Those whose commands install from a registry: test/deep/from-nothing runs them, with one. */
export const WITH_REGISTRY: readonly string[] = ['host/docs/first-job.md', 'host/docs/operate.md'];

/** All blocks, by document. */
export function commandBlocks(): Map<string, CommandBlock[]> {
  const documents = repositoryFiles(/\.md$/).filter((file) => !OF_PROJECTS.test(file));
  const all = documents.map((document): [string, CommandBlock[]] => [document, blocksOf(document)]);
  return new Map(all.filter(([, blocks]) => blocks.length > 0));
}

export function blocksOf(document: string): CommandBlock[] {
  const lines = readFileSync(path.join(ROOT, document), 'utf8').split('\n');
  return lines.flatMap((text, index): CommandBlock[] => {
    if (text.trim() !== '```sh') return [];
    const end = lines.indexOf('```', index);
    const commands = lines.slice(index + 1, end).join('\n');
    const [, kind, said = ''] =
      /^<!-- (not run here|first): (.*) -->$/.exec(lines[index - 1] ?? '') ?? [];
    return [
      {
        document,
        line: index + 1,
        commands,
        ...(kind === 'first' ? { first: said } : {}),
        ...(kind === 'not run here' ? { notRun: said } : {}),
      },
    ];
  });
}

/** One script of the blocks of a document that are run, which ends at the first command that fails and names it. */
export function scriptOf(blocks: readonly CommandBlock[]): string {
  const parts = blocks
    .filter(({ notRun }) => notRun === undefined)
    .map(({ document, line, first, commands }) =>
      [`echo '>>> ${document}:${line}'`, first ?? '', commands].join('\n'),
    );
  return ['set -eu', 'set -o pipefail', ...parts].join('\n');
}
