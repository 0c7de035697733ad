// The command line: every command with its arguments, options and examples. What a command does is loaded when it is
// called, so that `--help` and small commands do not wait for the whole host.

import { Argument, Command, Option } from 'commander';
import { TARGETS } from '../export/target-names.ts';
import { HOST_VERSION } from '../version.ts';
import type { CompletionOptions, Shell } from './completion.ts';
import type { ExitCode } from './exit-codes.ts';
import {
  cores,
  duration,
  jobCron,
  moment,
  shortText,
  since,
  wholeNumber,
} from './option-values.ts';
import type { RunCommandOptions } from './run.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 the run failed, 2 wrong use or configuration, 3 blocked or already running,
4 lease lost, 5 timed out, 6 cancelled, 7 failed for good (another try is useless).`;

interface RunOptions extends RunCommandOptions {
  readonly detach?: boolean;
}

type Act = (...given: never[]) => Promise<ExitCode>;

/** @returns a program whose actions set `process.exitCode` and that throws instead of ending the process */
export function buildProgram(): Command {
  const program = new Command('bfd-host')
    .description(
      'Runs jobs from plugins: each in a process of its own, on schedule, after what it depends on.',
    )
    .version(HOST_VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see what there is.')
    .exitOverride();

  command('start', 'Start the host: schedules, queues and whatever is due, until Ctrl-C.', [
    'bfd-host start',
    'bfd-host start --json | tee host.log',
  ]).action(act(async () => (await import('./start.ts')).startCommand));

  command('run', 'Run one job here and now, with or without a running host.', [
    'bfd-host run ccw-rif-load',
    'bfd-host run ccw-rif-load --wait --json',
    'bfd-host run ccw-rif-load --detach',
    'bfd-host run ccw-rif-load --wait-for 15m --run-id "$EXECUTION_ID" --requested-by airflow',
  ])
    .argument('<job>')
    .option('--wait', 'wait until the job may run, instead of giving up')
    .addOption(
      new Option('--wait-for <duration>', 'wait, but no longer than this, such as 90s, 15m or 2h')
        .argParser(duration)
        .conflicts('wait'),
    )
    .addOption(
      new Option(
        '--run-id <text>',
        'what the caller calls this run, the same at each try of it',
      ).argParser(shortText),
    )
    .addOption(
      new Option(
        '--after-work [duration]',
        'only if a job it follows did work since it last began; wait so long for that',
      ).argParser(duration),
    )
    .addOption(
      new Option(
        '--requested-by <name>',
        "who asks, for the run's record; the user if absent",
      ).argParser(shortText),
    )
    .addOption(
      new Option('--detach', 'have a running host run it, and do not wait').conflicts([
        'wait',
        'waitFor',
        'runId',
        'afterWork',
        'requestedBy',
      ]),
    )
    .action(
      act(async () => {
        const { runCommand } = await import('./run.ts');
        const { runDetachedCommand } = await import('./operate.ts');
        return (job: string, options: RunOptions) =>
          options.detach ? runDetachedCommand(job, options) : runCommand(job, options);
      }),
    );

  command('jobs', 'List the jobs found and how they stand.', [
    'bfd-host jobs',
    'bfd-host jobs --json',
  ]).action(act(async () => (await import('./jobs.ts')).jobsCommand));

  command('runs', 'List runs that had work or did not succeed, newest first.', [
    'bfd-host runs',
    'bfd-host runs --job ccw-rif-load --limit 5 --json',
    'bfd-host runs --job ccw-rif-load --failed --since 12h',
  ])
    .option('--job <name>', 'only this job')
    .option('--failed', 'only runs that did not succeed')
    .option(
      '--since <when>',
      'only runs that ended since then or go on: 90m, 12h, 2d ago, or an instant',
      since,
    )
    .option('--limit <n>', 'how many at most', wholeNumber, 50)
    .action(act(async () => (await import('./runs.ts')).runsCommand));

  command('why', 'Tell why a job does not run now, or what became of one moment of its schedule.', [
    'bfd-host why ccw-rif-load',
    'bfd-host why ccw-rif-load --at 2026-03-08T02:30',
  ])
    .argument('<job>')
    .option('--at <moment>', "a moment, on the wall clock of the schedule's zone or with an offset")
    .action(act(async () => (await import('./why.ts')).whyCommand));

  command(
    'plan',
    'Tell when jobs fire in the next days, what clock changes do, and which fire together.',
    ['bfd-host plan', 'bfd-host plan --days 30 --from 2026-03-01T00:00Z --json'],
  )
    .option('--days <n>', 'how many days', wholeNumber, 7)
    .option('--from <instant>', 'from when; now if absent', moment)
    .action(act(async () => (await import('./plan.ts')).planCommand));

  command('cancel', 'Tell a run to stop, wherever it is, or take back one that waits.', [
    'bfd-host cancel ccw-rif-load',
  ])
    .argument('<job|run>')
    .action(act(async () => (await import('./operate.ts')).cancelCommand));

  command('pause', 'Let no run of a job start, on any host, until it is resumed.', [
    'bfd-host pause ccw-rif-load',
  ])
    .argument('<job>')
    .action(act(async () => (await import('./operate.ts')).pauseCommand));

  command('resume', 'End a pause.', ['bfd-host resume ccw-rif-load'])
    .argument('<job>')
    .action(act(async () => (await import('./operate.ts')).resumeCommand));

  command('retry', 'Try a run again that did not succeed, as its next attempt.', [
    'bfd-host retry ccw-rif-load',
  ])
    .argument('<job|run>')
    .action(act(async () => (await import('./operate.ts')).retryCommand));

  command('release', 'Let a job back that was quarantined for crashing.', [
    'bfd-host release ccw-rif-load',
  ])
    .argument('<job>')
    .action(act(async () => (await import('./operate.ts')).releaseCommand));

  command('hosts', 'List the hosts on this database, and where their pages are.', [
    'bfd-host hosts',
    'bfd-host hosts --all --json',
  ])
    .option('--all', 'also those that ended')
    .action(act(async () => (await import('./hosts.ts')).hostsCommand));

  command('enable', 'Enable a job in host.config.json.', ['bfd-host enable sample-job'])
    .argument('<job>')
    .action(act(async () => (await import('./enable.ts')).enableCommand));

  command('disable', 'Disable a job in host.config.json.', ['bfd-host disable sample-job'])
    .argument('<job>')
    .action(act(async () => (await import('./enable.ts')).disableCommand));

  command('doctor', 'Look for what keeps jobs from running well, and tell what to do about it.', [
    'bfd-host doctor',
    'bfd-host doctor --json',
  ]).action(act(async () => (await import('./doctor.ts')).doctorCommand));

  command('check', 'Check configuration and plugins without starting anything.', [
    'bfd-host check',
  ]).action(act(async () => (await import('./check.ts')).checkCommand));

  command('export', "Write the enabled jobs as files for somebody else's orchestrator.", [
    'bfd-host export kubernetes --image registry.example.org/bfd-host:1 | kubectl apply -f -',
    'bfd-host export step-functions --out deploy',
    "bfd-host export kubernetes --schedule 'ccw-rif-load=*/5 * * * *' --out deploy",
  ])
    .addArgument(new Argument('<target>', 'whose').choices(TARGETS))
    .option('--out <folder>', 'write the files there, instead of printing them')
    .option('--image <name>', 'container image with host, plugins and configuration')
    .addOption(
      new Option(
        '--wait-for <duration>',
        'how long a run waits for its gates; 15m if absent',
      ).argParser(duration),
    )
    .addOption(
      new Option('--cpu <cores>', 'cores that a run asks for; 0.5 if absent').argParser(cores),
    )
    .option('--command <text>', 'how tasks without a container call bfd-host')
    .addOption(
      new Option(
        '--schedule <job=cron>',
        'another schedule, where the target cannot express the own one; repeat as needed',
      ).argParser(jobCron),
    )
    .action(act(async () => (await import('./export.ts')).exportCommand));

  command('migrate', "Bring the host's own schemas up to date.", [
    'bfd-host migrate',
    'bfd-host migrate --sql > bfd-host.sql',
  ])
    .option('--sql', 'print the SQL instead, for a DBA')
    .action(act(async () => (await import('./migrate.ts')).migrateCommand));

  command(
    'dev',
    'Build a plugin whenever it changes, and run it on services of its own, until Ctrl-C.',
    ['bfd-host dev', 'bfd-host dev plugins/my-job'],
    [], // it finds out which configuration goes with the plugin
  )
    .argument('[folder]', 'of the plugin', '.')
    .action(act(async () => (await import('./dev.ts')).devCommand));

  command('completion', 'Print a script by which a shell completes commands, options and jobs.', [
    'source <(bfd-host completion bash)',
    'bfd-host completion fish > ~/.config/fish/completions/bfd-host.fish',
  ])
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish', 'jobs']))
    .action(
      act(async () => {
        const { completionCommand } = await import('./completion.ts');
        return (shell: Shell | 'jobs', options: CompletionOptions) =>
          completionCommand(program, shell, options);
      }),
    );

  return program;

  function command(
    name: string,
    description: string,
    examples: readonly string[],
    usualConfig: readonly string[] = ['host.config.json'],
  ): Command {
    return program
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration', ...usualConfig)
      .option('--json', 'print JSON')
      .exitOverride()
      .addHelpText(
        'after',
        `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n${EXIT_CODES}`,
      );
  }
}

// commander hands over arguments and options in the order in which they were declared, and itself last.
function act(load: () => Promise<Act>) {
  return async (...given: unknown[]): Promise<void> => {
    const work = await load();
    process.exitCode = await work(...(given.slice(0, -1) as never[]));
  };
}
