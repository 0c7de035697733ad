import type { Privileges } from '@bfd-host/sdk';
import { missingGrants } from '../catalog/privileges.ts';
import { refusals } from '../catalog/refusals.ts';
import { pluginSettings } from '../config/read-host-config.ts';
import { showConfig } from '../config/show-config.ts';
import { lookAtIsolation } from '../doctor/look-at-isolation.ts';
import { readSetup, type Setup } from '../setup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson, table } from './output.ts';

/** `bfd-host check`: configuration, plugins and how far jobs are kept apart here, without starting any of them. */
export async function checkCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  const setup = await readSetup(options.config, process.env);
  const { config, catalog, jobs, notices } = setup;
  const problems = refusals(catalog, jobs);
  const plugins = pluginsOf(setup);
  const isolation = await lookAtIsolation();
  if (options.json) {
    printJson({ config: showConfig(config), plugins, isolation, problems, notices });
  } else {
    print(
      table(
        ['PLUGIN', 'VERSION', 'JOBS', 'ASKS FOR', 'GRANTED', 'DATABASE', 'S3'],
        plugins.map(({ plugin, version, jobs: names, asksFor, granted, missing, ...ways }) => [
          plugin,
          version,
          names.join(', '),
          inWords(asksFor) || '-',
          [inWords(granted), ...missing.map((name) => `not ${name}`)].filter(Boolean).join(', ') ||
            '-',
          ways.database ?? '-',
          ways.s3 ?? '-',
        ]),
      ),
    );
    print('');
    for (const { text, remedy } of isolation) {
      print(`Isolation: ${text}.${remedy === undefined ? '' : ` ${remedy}`}`);
    }
    for (const { at, problem } of [...problems, ...notices]) print(`\n${at}: ${problem}`);
    const isRight = problems.length === 0 && isolation.every(({ state }) => state !== 'wrong');
    if (isRight) print('\nNothing is wrong.');
  }
  return problems.length === 0 ? EXIT.ok : EXIT.badUse;
}

function pluginsOf({ config, catalog }: Setup) {
  return catalog.plugins.map(({ name, version, shownFolder, manifest }) => {
    const { grant, database, s3 } = pluginSettings(config, name);
    const { privileges, schemas } = manifest;
    const needs = new Set(manifest.jobs.flatMap((job) => job.needs));
    return {
      plugin: name,
      version,
      folder: shownFolder,
      jobs: manifest.jobs.map((job) => job.name),
      asksFor: privileges,
      granted: grant,
      missing: missingGrants(privileges, grant),
      schemas,
      ...(needs.has('db') ? { database: databaseWay(database !== undefined, schemas) } : {}),
      ...(needs.has('s3') ? { s3: s3 === undefined ? "the host's" : 'own' } : {}),
    };
  });
}

function databaseWay(hasUrl: boolean, schemas: readonly string[]): string {
  if (hasUrl) return 'own';
  return schemas.length === 0 ? "the host's" : `schemas ${schemas.join(', ')}`;
}

/** `network, read /data`. */
function inWords(
  privileges: { readonly [Name in keyof Privileges]: Privileges[Name] | undefined },
) {
  return Object.entries(privileges)
    .filter(([, value]) => value !== false && value !== undefined)
    .map(([name, value]) => (Array.isArray(value) ? `${name} ${value.join(' ')}` : name))
    .join(', ');
}
