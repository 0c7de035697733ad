// `bfd-host export TARGET`: the enabled jobs as files for somebody else's orchestrator.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BfdError, listProblems, type Problem } from '../errors.ts';
import { USUAL_OPTIONS } from '../export/exported.ts';
import { readExported } from '../export/read-exported.ts';
import type { Target } from '../export/target-names.ts';
import { exportTo } from '../export/targets.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson } from './output.ts';

export interface ExportCommandOptions {
  readonly config: string;
  readonly json?: boolean;
  /** Folder to write to; standard output if absent. */
  readonly out?: string;
  readonly image?: string;
  /** In milliseconds. */
  readonly waitFor?: number;
  readonly cpu?: number;
  readonly command?: string;
  /** By job. */
  readonly schedule?: Readonly<Record<string, string>>;
}

/** What the configuration asks for cannot be said in the target's words. */
class ExportError extends BfdError {
  readonly code = 'BFD_EXPORT';
  constructor(target: string, problems: readonly Problem[]) {
    super(`Nothing was exported to ${target}:\n${listProblems(problems)}`);
  }
}

export async function exportCommand(
  target: Target,
  options: ExportCommandOptions,
): Promise<ExitCode> {
  const { image, waitFor, cpu, command, schedule } = options;
  const { files, problems, notices } = exportTo(target, await readExported(options.config), {
    image: image ?? USUAL_OPTIONS.image,
    waitForMs: waitFor ?? USUAL_OPTIONS.waitForMs,
    cpu: cpu ?? USUAL_OPTIONS.cpu,
    command: command ?? USUAL_OPTIONS.command,
    schedules: schedule ?? USUAL_OPTIONS.schedules,
  });
  if (problems.length > 0) throw new ExportError(target, problems);
  const { out } = options;
  if (out !== undefined) {
    await mkdir(out, { recursive: true });
    for (const { name, text } of files) await writeFile(path.join(out, name), text);
  }
  if (options.json) {
    const written = files.map(({ name, text }) => (out === undefined ? { name, text } : { name }));
    printJson({ target, files: written, notices });
    return EXIT.ok;
  }
  if (out !== undefined) {
    print(files.map(({ name }) => path.join(out, name)).join('\n'));
  } else {
    // One file as it is, so that it can be piped; of several each with its name.
    for (const { name, text } of files) {
      process.stdout.write(files.length === 1 ? text : `==> ${name} <==\n${text}\n`);
    }
  }
  if (notices.length > 0) process.stderr.write(`${listProblems(notices)}\n`);
  return EXIT.ok;
}
