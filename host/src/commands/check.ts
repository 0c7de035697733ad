import { describeRefusal } from '../catalog/catalog.ts';
import { readSetup } from '../setup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson, table } from './output.ts';

/** `bfd-host check`: configuration and plugins, without starting anything. */
export async function checkCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  const { catalog, jobs, notices } = await readSetup(options.config, process.env);
  const problems = [
    ...catalog.refused.map(describeRefusal),
    ...jobs.flatMap(({ state }) => (state.kind === 'refused' ? state.problems : [])),
  ];
  const plugins = catalog.plugins.map(({ name, version, shownFolder, manifest }) => ({
    plugin: name,
    version,
    folder: shownFolder,
    jobs: manifest.jobs.map((job) => job.name),
    asksFor: Object.keys(manifest.privileges),
    schemas: manifest.schemas,
  }));
  if (options.json) {
    printJson({ plugins, problems, notices });
  } else {
    print(
      table(
        ['PLUGIN', 'VERSION', 'JOBS', 'ASKS FOR'],
        plugins.map(({ plugin, version, jobs: names, asksFor }) => [
          plugin,
          version,
          names.join(', '),
          asksFor.join(', ') || '-',
        ]),
      ),
    );
    for (const { at, problem } of [...problems, ...notices]) print(`\n${at}: ${problem}`);
    if (problems.length === 0) print('\nNothing is wrong.');
  }
  return problems.length === 0 ? EXIT.ok : EXIT.badUse;
}
