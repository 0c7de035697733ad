// `bfd-host`: reads the command line, and is the last edge at which an error becomes words.

import { Command, InvalidArgumentError } from 'commander';
import { checkCommand } from './commands/check.ts';
import { EXIT, type ExitCode } from './commands/exit-codes.ts';
import { jobsCommand } from './commands/jobs.ts';
import { migrateCommand } from './commands/migrate.ts';
import { releaseCommand } from './commands/release.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { startCommand } from './commands/start.ts';
import { HOST_VERSION } from './version.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 the run failed, 2 wrong use or configuration, 3 blocked or already running,
4 lease lost, 5 timed out, 6 cancelled.`;

const program = new Command('bfd-host')
  .description(
    'Runs jobs from plugins: each in a process of its own, on schedule, after what it depends on.',
  )
  .version(HOST_VERSION)
  .showSuggestionAfterError()
  .showHelpAfterError('Add --help to see what there is.')
  .exitOverride();

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

function command(name: string, description: string, examples: readonly string[]): Command {
  return program
    .command(name)
    .description(description)
    .option('-c, --config <file>', 'the configuration', 'host.config.json')
    .option('--json', 'print JSON')
    .exitOverride()
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n${EXIT_CODES}`,
    );
}

function act<Options extends Common>(work: (options: Options) => Promise<ExitCode>) {
  return async (options: Options): Promise<void> => {
    process.exitCode = await work(options);
  };
}

command('start', 'Start the host: schedules, queues and whatever is due, until Ctrl-C.', [
  'bfd-host start',
  'bfd-host start --json | tee host.log',
]).action(act(startCommand));

command('run', 'Run one job here and now, with or without a running host.', [
  'bfd-host run ccw-rif-load',
  'bfd-host run ccw-rif-load --wait --json',
])
  .argument('<job>')
  .option('--wait', 'wait until the job may run, instead of giving up')
  .action(async (job: string, options: Common & { wait?: boolean }) => {
    process.exitCode = await runCommand(job, options);
  });

command('release', 'Let a job back that was quarantined for crashing.', [
  'bfd-host release ccw-rif-load',
])
  .argument('<job>')
  .action(async (job: string, options: Common) => {
    process.exitCode = await releaseCommand(job, options);
  });

command('jobs', 'List the jobs found and how they stand.', [
  'bfd-host jobs',
  'bfd-host jobs --json',
]).action(act(jobsCommand));

command('runs', 'List runs that had work or did not succeed, newest first.', [
  'bfd-host runs',
  'bfd-host runs --job ccw-rif-load --limit 5 --json',
])
  .option('--job <name>', 'only this job')
  .option('--limit <n>', 'how many at most', wholeNumber, 50)
  .action(act(runsCommand));

command('check', 'Check configuration and plugins without starting anything.', [
  'bfd-host check',
]).action(act(checkCommand));

command('migrate', "Bring the host's own schemas up to date.", [
  'bfd-host migrate',
  'bfd-host migrate --sql > bfd-host.sql',
])
  .option('--sql', 'print the SQL instead, for a DBA')
  .action(act(migrateCommand));

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = tell(error);
}

/** Words for an error, and the exit code it stands for. A stack only for what nobody expected. */
function tell(error: unknown): ExitCode {
  if (!(error instanceof Error)) {
    process.stderr.write('bfd-host ended with something that is no error (BFD_UNEXPECTED).\n');
    return EXIT.failed;
  }
  const code = 'code' in error ? String(error.code) : '';
  // commander has printed its own words already; asking for help or version is no mistake.
  if (code.startsWith('commander.')) {
    return 'exitCode' in error && error.exitCode === 0 ? EXIT.ok : EXIT.badUse;
  }
  if (code.startsWith('BFD_')) {
    const text = error.message.includes(code) ? error.message : `${error.message} (${code})`;
    process.stderr.write(`${text}\n`);
    return code === 'BFD_DATABASE_UNREACHABLE' ? EXIT.failed : EXIT.badUse;
  }
  process.stderr.write(
    `bfd-host met an error of its own (BFD_UNEXPECTED): ${error.name}${code ? ` ${code}` : ''}\n${frames(error)}\n`,
  );
  return EXIT.failed;
}

// Where it happened, without the message, which may quote a value.
function frames(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((lineOfStack) => /^\s+at /.test(lineOfStack))
    .join('\n');
}
