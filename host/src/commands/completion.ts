// What shells need to complete commands, options and names of jobs: a script made of the program itself, so that it knows
// every command there is.

import type { Command } from 'commander';
import { readSetup } from '../setup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson } from './output.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export interface CompletionOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** @param what - a shell; or `jobs`, which the scripts ask for */
export async function completionCommand(
  program: Command,
  what: Shell | 'jobs',
  options: CompletionOptions,
): Promise<ExitCode> {
  if (what === 'jobs') {
    const jobs = await jobNames(options.config);
    if (options.json) printJson({ jobs });
    else print(jobs.join('\n'));
    return EXIT.ok;
  }
  const script = completionScript(program, what);
  if (options.json) printJson({ shell: what, script });
  else print(script);
  return EXIT.ok;
}

interface Completed {
  readonly name: string;
  readonly description: string;
  readonly options: readonly { readonly flags: readonly string[]; readonly description: string }[];
  /** Whether its argument is a job, or the words it may be. */
  readonly argument: 'job' | readonly string[] | undefined;
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(completed);
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

// A mistake in the configuration is no reason to disturb who types.
async function jobNames(config: string): Promise<string[]> {
  return readSetup(config, process.env).then(
    ({ jobs }) => jobs.map(({ name }) => name),
    () => [],
  );
}

function completed(command: Command): Completed {
  const [argument] = command.registeredArguments;
  const isJob = argument?.name().startsWith('job') === true;
  return {
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options.map(({ long, short, description }) => ({
        flags: [long, short].filter((flag) => flag !== undefined && flag !== null),
        description,
      })),
      { flags: ['--help', '-h'], description: 'what it does, with examples' },
    ],
    argument: isJob ? 'job' : argument?.argChoices,
  };
}

function bash(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, options, argument }) => {
    const words = [
      ...options.flatMap(({ flags }) => flags),
      ...(argument === 'job' ? ['$(_bfd_host_jobs)'] : (argument ?? [])),
    ];
    return `    ${name}) words="${words.join(' ')}" ;;`;
  });
  return `# bfd-host completion for bash: source <(bfd-host completion bash)
_bfd_host_jobs() { "\${COMP_WORDS[0]}" completion jobs 2>/dev/null; }
_bfd_host() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "$before" in
    -c|--config) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --job) COMPREPLY=($(compgen -W "$(_bfd_host_jobs)" -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _bfd_host bfd-host`;
}

function zsh(commands: readonly Completed[]): string {
  const quoted = (text: string) =>
    text.replaceAll("'", "'\\''").replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', '\\:');
  const names = commands.map(({ name, description }) => `    '${name}:${quoted(description)}'`);
  const cases = commands.map(({ name, options, argument }) => {
    const specs = options.flatMap(({ flags, description }) =>
      flags.map((flag) => `'${flag}[${quoted(description)}]${valueSpec(flag)}'`),
    );
    const first =
      argument === 'job'
        ? "'1:job:_bfd_host_jobs'"
        : argument && `'1:word:(${argument.join(' ')})'`;
    return `    ${name}) _arguments ${[first, ...specs].filter(Boolean).join(' ')} ;;`;
  });
  return `#compdef bfd-host
# bfd-host completion for zsh: source <(bfd-host completion zsh)
_bfd_host_jobs() { local -a jobs; jobs=(\${(f)"$(bfd-host completion jobs 2>/dev/null)"}); compadd -a jobs; }
_bfd_host() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _bfd_host bfd-host`;
}

function valueSpec(flag: string): string {
  if (flag === '--config' || flag === '-c') return ':file:_files';
  return flag === '--job' ? ':job:_bfd_host_jobs' : '';
}

function fish(commands: readonly Completed[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, description, options, argument }) => {
    const isThis = `-n '__fish_seen_subcommand_from ${name}'`;
    const words =
      argument === 'job'
        ? "'(bfd-host completion jobs 2>/dev/null)'"
        : argument && quoted(argument.join(' '));
    return [
      `complete -c bfd-host -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
      ...(words ? [`complete -c bfd-host ${isThis} -a ${words}`] : []),
      ...options.map(({ flags, description: what }) => {
        const names = flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        const takes = flags.includes('--config')
          ? ' -r -F'
          : flags.includes('--job')
            ? " -x -a '(bfd-host completion jobs 2>/dev/null)'"
            : '';
        return `complete -c bfd-host ${isThis} ${names.join(' ')}${takes} -d ${quoted(what)}`;
      }),
    ];
  });
  return `# bfd-host completion for fish: bfd-host completion fish | source\ncomplete -c bfd-host -f\n${lines.join('\n')}`;
}
