// Projects as the tests of this repository make them: with its own plugins dropped in, and plugins out of a few words.

import path from 'node:path';
import { type TestProject, type TestProjectOptions, testProject } from '@bfd-host/testkit';
import { ROOT } from './folders.ts';

export { type Finished, HostProcess, type ToldEvent } from '@bfd-host/testkit';

const PLUGINS = path.join(ROOT, 'plugins');
export const BIN = path.join(ROOT, 'host/bin/bfd-host.cjs');

export interface ProjectOptions extends TestProjectOptions {
  /** Plugins of this repository to drop in, as built. */
  readonly shipped?: readonly string[];
}

export type Project = TestProject;

export const Project = {
  async make({ shipped = [], ...options }: ProjectOptions = {}): Promise<Project> {
    const built = shipped.map((name) => path.join(PLUGINS, name, 'dist'));
    return testProject({ ...options, plugins: [...(options.plugins ?? []), ...built] });
  },
};

/** Source of a plugin with one job. */
export function jobSource(options: {
  readonly name: string;
  /** Of the job; 1.0.0 if absent. */
  readonly version?: string;
  /** More members of `@Job`, as source. */
  readonly declared?: string;
  /** The body of `run(ctx)`; `this.db`, `this.s3` and `this.log` are there. */
  readonly body: string;
}): string {
  return `
    import { DB_POOL, definePlugin, inject, Job, JobError, LOGGER, nothingToDo, PermanentError, S3, safe, workDone, z } from '@bfd-host/sdk';
    @Job({ name: '${options.name}', version: '${options.version ?? '1.0.0'}', ${options.declared ?? 'startup: true'} })
    class TheJob {
      constructor(@inject(DB_POOL) db, @inject(S3) s3, @inject(LOGGER) log) { Object.assign(this, { db, s3, log }); }
      async run(ctx) { ${options.body} }
    }
    export default definePlugin({ jobs: [TheJob] });
    void [JobError, nothingToDo, PermanentError, safe, workDone, z];
  `;
}
