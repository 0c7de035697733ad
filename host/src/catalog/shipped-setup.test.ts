import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readHostConfig } from '../config/read-host-config.ts';
import { planJobs } from './plan-jobs.ts';
import { refusals } from './refusals.ts';
import { scanPlugins } from './scan-plugins.ts';

const file = fileURLToPath(new URL('../../../host.config.json', import.meta.url));
const config = await readHostConfig(file, {});
const catalog = await scanPlugins(config.pluginsFolder);

describe('the configuration this repository ships', () => {
  // npm test builds the plugins first.
  it.skipIf(catalog.unbuilt.length > 0)('fits the plugins beside it', () => {
    const { jobs, problems, notices } = planJobs(catalog, config);

    expect([problems, notices, refusals(catalog, jobs)]).toEqual([[], [], []]);
    const states = Object.fromEntries(jobs.map(({ name, state }) => [name, state.kind]));
    expect(states).toMatchObject({
      'database-schema': 'ready',
      'synthetic-data': 'ready',
      'ccw-rif-load': 'ready',
      'sample-job': 'disabled',
    });
  });
});
