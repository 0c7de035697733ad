// A page on a real database, with what it looks at and nothing more.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freshDatabase } from '@bfd-host/testkit';
import { afterAll, beforeAll } from 'vitest';
import type { HostConfig, PageSetting } from '../config/host-config.ts';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { RunQueue } from '../engine/queue.ts';
import { RunRequests } from '../engine/requests.ts';
import { RunStore } from '../runs/run-store.ts';
import { PageServer, type ServedText } from './page-server.ts';
import type { PageSources } from './page-sources.ts';

export const LOCAL: PageSetting = {
  port: 0,
  host: '127.0.0.1',
  isLoopback: true,
  names: [],
  trustedProxies: [],
};

const METRICS: ServedText = {
  path: '/metrics',
  contentType: 'text/plain; version=0.0.4',
  read: () => 'bfd_up 1\n',
};

export let sources: PageSources;
export let stateFolder: string;
const resources = new AsyncDisposableStack();

/** A page's sources for the tests of a file: one database and one job that is ready. */
export function usePage(): void {
  beforeAll(async () => {
    stateFolder = await mkdtemp(path.join(tmpdir(), 'bfd-page-'));
    resources.defer(() => rm(stateFolder, { recursive: true }));
    const fresh = resources.use(await freshDatabase());
    const database = resources.use(
      await openDatabase({ url: fresh.url, poolSize: 4, applicationName: 'test' }),
    );
    await migrateHostSchema(database);
    const queue = resources.use(await RunQueue.open(database, ['a-job'], () => {}));
    const bootId = randomUUID();
    // Only what the page looks at: one job that is ready.
    const job = {
      name: 'a-job',
      version: '1.0.0',
      plugin: { name: 'a-plugin', version: '1.0.0', manifest: { schemas: [] } },
      state: { kind: 'ready' },
      dependsOn: [],
      retries: { limit: 0 },
      priority: 0,
    };
    const config = {
      stateFolder,
      mode: 'development',
      concurrency: 1,
      pools: {},
    } as unknown as HostConfig;
    const catalog = { plugins: [job.plugin], refused: [], unbuilt: [], notices: [] };
    const hosts = new HostRegistry(database, bootId);
    await hosts.registerJobs(['a-job']);
    sources = {
      setup: { config, catalog, jobs: [job], notices: [] } as unknown as PageSources['setup'],
      bootId,
      database,
      queue,
      hosts,
      store: new RunStore(database, bootId),
      requests: new RunRequests(database, queue),
    };
  });

  afterAll(() => resources.disposeAsync());
}

export async function serve(setting: Partial<PageSetting> = {}): Promise<PageServer> {
  return PageServer.start({
    setting: { ...LOCAL, ...setting },
    sources,
    texts: [METRICS],
    onTrouble: (error) => {
      throw error;
    },
  });
}
