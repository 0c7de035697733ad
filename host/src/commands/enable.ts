// `bfd-host enable JOB` and `disable JOB`: one member of host.config.json is written, and the rest of it stays as it is.

import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { applyEdits, type FormattingOptions, modify } from 'jsonc-parser';
import { refusals } from '../catalog/refusals.ts';
import { readSetup } from '../setup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson } from './output.ts';
import { unknownJob } from './unknown-job.ts';

export interface EnableOptions {
  readonly config: string;
  readonly json?: boolean;
}

export async function enableCommand(job: string, options: EnableOptions): Promise<ExitCode> {
  return setEnabled(job, true, options);
}

export async function disableCommand(job: string, options: EnableOptions): Promise<ExitCode> {
  return setEnabled(job, false, options);
}

async function setEnabled(
  name: string,
  isEnabled: boolean,
  options: EnableOptions,
): Promise<ExitCode> {
  const file = options.config;
  const before = await readSetup(file, process.env);
  const job = before.jobs.find((known) => known.name === name);
  if (!job) throw unknownJob(name, before.jobs);
  const isNew = (job.state.kind !== 'disabled') !== isEnabled;
  if (isNew) await writeMember(file, ['jobs', name, 'enabled'], isEnabled);
  const after = await readSetup(file, process.env);
  const known = new Set(
    refusals(before.catalog, before.jobs).map(({ at, problem }) => at + problem),
  );
  const refused = refusals(after.catalog, after.jobs).filter(
    ({ at, problem }) => !known.has(at + problem),
  );
  if (options.json) {
    printJson({ job: name, isEnabled, isNew, file, needsRestart: isNew, refused });
    return EXIT.ok;
  }
  const word = isEnabled ? 'enabled' : 'disabled';
  print(
    isNew
      ? `${name} is ${word} in ${file}. Restart the host for it to take effect.`
      : `${name} is ${word} already.`,
  );
  for (const { at, problem } of refused) print(`But ${at}: ${problem}`);
  return EXIT.ok;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Writes a whole new file and puts it in the place of the old one: a host that reads meanwhile finds one or the other. */
async function writeMember(file: string, path: readonly string[], value: boolean): Promise<void> {
  const whole = await readFile(file, 'utf8');
  const mark = whole.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const text = whole.slice(mark.length);
  const edits = modify(text, [...path], value, { formattingOptions: formattingOf(text) });
  const { mode } = await stat(file);
  const next = `${file}.${process.pid}.new`;
  try {
    await writeFile(next, mark + applyEdits(text, edits), { mode, flag: 'wx' });
    await rename(next, file);
  } finally {
    await rm(next, { force: true });
  }
}

/** As the file is written so far. */
function formattingOf(text: string): FormattingOptions {
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
  const isTabs = indent.startsWith('\t');
  return {
    insertSpaces: !isTabs,
    tabSize: isTabs ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
