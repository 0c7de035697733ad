// A project with the jobs of the list, and what `bfd-host export` makes of it.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Project } from '../support/project.ts';
import { BEHAVIOURS_PLUGIN } from './behaviours-plugin.ts';

/** The database's URL reaches runs as a secret: through the environment, never through what is exported. */
export const DATABASE_VARIABLE = 'CONFORMANCE_DATABASE_URL';

export async function behavioursProject(): Promise<Project> {
  const project = await Project.make();
  try {
    project.env[DATABASE_VARIABLE] = project.database.url;
    await project.configure({
      database: `\${env:${DATABASE_VARIABLE}}`,
      jobs: { 'needs-42': { runAfter: false }, 'fans-out-far': { fanOut: true } },
    });
    await project.write('conformance', BEHAVIOURS_PLUGIN);
    return project;
  } catch (error) {
    await project[Symbol.asyncDispose]();
    throw error;
  }
}

/** The exported files by name, as the command wrote them. */
export async function exported(
  project: Project,
  target: string,
  ...options: readonly string[]
): Promise<Map<string, string>> {
  const out = path.join(project.folder, 'exported', target);
  const { exitCode, stderr } = await project.command('export', target, '--out', out, ...options);
  if (exitCode !== 0) throw new Error(stderr);
  const files = new Map<string, string>();
  for (const name of await readdir(out)) {
    files.set(name, await readFile(path.join(out, name), 'utf8'));
  }
  return files;
}
