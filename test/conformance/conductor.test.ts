import { chmod, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BIN, type Project } from '../support/project.ts';
import { ConductorTarget, LOG_FILE, PID_FILE } from './conductor-target.ts';
import { describeTarget } from './describe-target.ts';
import { exported } from './exported-project.ts';
import { installedJudges } from './judges.ts';

describeTarget('conductor', false, async (project, waitFor) => {
  const command = await commandOf(project);
  const files = await exported(project, 'conductor', '--wait-for', waitFor, '--command', command);
  // The worker finds the SDK as it would where it is installed.
  await symlink(await installedJudges(), path.join(project.folder, 'node_modules'));
  const { run } = await import(path.join(project.folder, 'exported/conductor/worker.ts'));
  return new ConductorTarget(project, {
    workflows: JSON.parse(files.get('workflows.json') ?? ''),
    tasks: JSON.parse(files.get('tasks.json') ?? ''),
    run,
  });
});

/** A command as an operator could install it: in the project's folder, with its environment. */
async function commandOf(project: Project): Promise<string> {
  const { folder, env } = project;
  const file = path.join(folder, 'bfd-host.sh');
  const variables = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  const lines = [
    '#!/bin/sh\n',
    ...variables,
    `cd '${folder}'\n`,
    `echo $$ > ${PID_FILE}\n`,
    `exec '${process.execPath}' '${BIN}' "$@" >> ${LOG_FILE}\n`,
  ];
  await writeFile(file, lines.join(''));
  await chmod(file, 0o700);
  return file;
}
