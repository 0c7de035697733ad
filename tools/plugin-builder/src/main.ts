// The command `bfd-plugin`, entered by bin/bfd-plugin.cjs.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { buildAll, checkAll } from './build-all.ts';
import { tell } from './tell.ts';

const EXIT_BAD_USE = 2;

const EXIT_CODES = `
Exit codes:
  0  every plugin is sound
  1  at least one is not; every problem was printed
  2  bad use of this command`;

interface Flags {
  readonly json?: boolean;
  readonly force?: boolean;
}

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('bfd-plugin')
  .description('Builds plugins for bfd-host, and verifies built ones.')
  .version(version)
  .exitOverride()
  .addHelpText('after', EXIT_CODES);

program
  .command('build')
  .description('bundle each folder into dist/plugin.js and describe it in dist/plugin.json')
  .argument('<dir...>', 'plugin folders, each with a package.json and src/plugin.ts')
  .option('--json', 'print one JSON document')
  .option('--force', 'load each bundle, even when the same was loaded before')
  .addHelpText(
    'after',
    `
Folders that were dropped in already built, and what is no plugin, are skipped.

Examples:
  $ bfd-plugin build plugins/*
  $ bfd-plugin build . && cp -r dist /opt/bfd-host/plugins/my-job
${EXIT_CODES}`,
  )
  .action(async (folders: string[], flags: Flags) => {
    process.exitCode = tell(await buildAll(folders, flags), flags);
  });

program
  .command('check')
  .description('verify that each built folder is what its plugin.json says')
  .argument('<dir...>', 'folders with plugin.json, or with a dist that has it')
  .option('--json', 'print one JSON document')
  .addHelpText(
    'after',
    `
Examples:
  $ bfd-plugin check plugins/my-job
  $ bfd-plugin check --json downloads/some-plugin
${EXIT_CODES}`,
  )
  .action(async (folders: string[], flags: Flags) => {
    process.exitCode = tell(await checkAll(folders), flags);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_BAD_USE;
}
