import { refusals } from '../catalog/refusals.ts';
import { pluginSettings } from '../config/read-host-config.ts';
import { showConfig } from '../config/show-config.ts';
import { readSetup } from '../setup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson, table } from './output.ts';

/** `bfd-host check`: configuration and plugins, without starting anything. */
export async function checkCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  const { config, catalog, jobs, notices } = await readSetup(options.config, process.env);
  const problems = refusals(catalog, jobs);
  const plugins = catalog.plugins.map(({ name, version, shownFolder, manifest }) => ({
    plugin: name,
    version,
    folder: shownFolder,
    jobs: manifest.jobs.map((job) => job.name),
    asksFor: manifest.privileges,
    granted: pluginSettings(config, name).grant,
    schemas: manifest.schemas,
  }));
  if (options.json) {
    printJson({ config: showConfig(config), plugins, problems, notices });
  } else {
    print(
      table(
        ['PLUGIN', 'VERSION', 'JOBS', 'ASKS FOR', 'GRANTED'],
        plugins.map(({ plugin, version, jobs: names, asksFor, granted }) => [
          plugin,
          version,
          names.join(', '),
          Object.keys(asksFor).join(', ') || '-',
          Object.keys(granted).join(', ') || '-',
        ]),
      ),
    );
    for (const { at, problem } of [...problems, ...notices]) print(`\n${at}: ${problem}`);
    if (problems.length === 0) print('\nNothing is wrong.');
  }
  return problems.length === 0 ? EXIT.ok : EXIT.badUse;
}
