// `bfd-host`: reads the command line.

import { Command, InvalidArgumentError } from 'commander';
import { checkCommand } from './commands/check.ts';
import type { ExitCode } from './commands/exit-codes.ts';
import { jobsCommand } from './commands/jobs.ts';
import { migrateCommand } from './commands/migrate.ts';
import {
  cancelCommand,
  type OperateOptions,
  pauseCommand,
  releaseCommand,
  resumeCommand,
  retryCommand,
} from './commands/operate.ts';
import { planCommand } from './commands/plan.ts';
import { endSoon, guardProcess } from './commands/process-edges.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { startCommand } from './commands/start.ts';
import { tellError } from './commands/tell-error.ts';
import { type WhyOptions, whyCommand } from './commands/why.ts';
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

const OPERATIONS: readonly (readonly [
  name: string,
  argument: string,
  description: string,
  act: (target: string, options: OperateOptions) => Promise<ExitCode>,
])[] = [
  [
    'cancel',
    '<job|run>',
    'Tell a run to stop, wherever it is, or take back one that waits.',
    cancelCommand,
  ],
  ['pause', '<job>', 'Let no run of a job start, on any host, until it is resumed.', pauseCommand],
  ['resume', '<job>', 'End a pause.', resumeCommand],
  [
    'retry',
    '<job|run>',
    'Try a run again that did not succeed, as its next attempt.',
    retryCommand,
  ],
  ['release', '<job>', 'Let a job back that was quarantined for crashing.', releaseCommand],
];

for (const [name, argument, description, operate] of OPERATIONS) {
  command(name, description, [`bfd-host ${name} ccw-rif-load`])
    .argument(argument)
    .action(async (target: string, options: OperateOptions) => {
      process.exitCode = await operate(target, options);
    });
}

command('why', 'Tell why a job does not run now, or what became of one moment of its schedule.', [
  'bfd-host why ccw-rif-load',
  'bfd-host why ccw-rif-load --at 2026-03-08T02:30',
])
  .argument('<job>')
  .option('--at <moment>', "a moment, on the wall clock of the schedule's zone or with an offset")
  .action(async (job: string, options: WhyOptions) => {
    process.exitCode = await whyCommand(job, options);
  });

command(
  'plan',
  'Tell when jobs fire in the next days, what clock changes do, and which fire together.',
  ['bfd-host plan', 'bfd-host plan --days 30 --from 2026-03-01T00:00Z --json'],
)
  .option('--days <n>', 'how many days', wholeNumber, 7)
  .option('--from <instant>', 'from when; now if absent', moment)
  .action(act(planCommand));

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

function moment(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('Write it as 2026-03-01T00:00Z.');
  return at;
}

guardProcess();
try {
  await program.parseAsync(process.argv);
} catch (error) {
  const { text, exitCode } = tellError(error);
  if (text !== '') process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}
endSoon();
