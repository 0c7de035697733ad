import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildPlugin } from '@bfd-host/plugin-builder';
import type { PluginModule } from '@bfd-host/sdk';
import { describe, expect, it } from 'vitest';
import plugin from './plugin.ts';
import { countOf, mockServer, PEPPER, rdaDatabase, someClaims } from './testing/harness.testkit.ts';
import { contextOn, listeningLogger } from './testing/run-context.testkit.ts';

describe('the plugin', () => {
  it('has two jobs that run only where they are asked for, after the schema', () => {
    const job = {
      version: '1.0.0',
      enabledByDefault: false,
      schedule: { cron: '*/5 * * * *' },
      dependsOn: [{ job: 'database-schema', version: '>=43' }],
      needs: ['config', 'db', 'logger'],
    };

    expect(plugin.jobs).toMatchObject([
      { ...job, name: 'rda-fiss-load' },
      { ...job, name: 'rda-mcs-load' },
    ]);
    expect(plugin.schemas).toEqual(['rda']);
  });

  it('needs a server and a pepper, and has defaults for the rest', () => {
    expect(plugin.parseConfig('rda-mcs-load', { host: 'rda.example.org', pepper: PEPPER })).toEqual(
      {
        ok: true,
        value: {
          host: 'rda.example.org',
          port: 443,
          rdaVersion: '^0.14.1',
          batchSize: 200,
          writeThreads: 1,
          errorLimit: 0,
          processDlq: false,
          maxIdleSeconds: 60,
          secondsBeforeConnectionDrop: 240,
          reconnects: 5,
          honourDeletes: false,
          pepper: PEPPER,
          iterations: 1000,
          hashCacheSize: 10_000,
          smokeTest: false,
        },
      },
    );
  });

  it('says everything that is wrong with a configuration', () => {
    const parsed = plugin.parseConfig('rda-fiss-load', {
      host: 'rda.example.org',
      tls: false,
      pepper: PEPPER,
      cleanup: { runSize: 10, transactionSize: 20 },
    });

    expect(parsed).toEqual({
      ok: false,
      problems: [
        { path: 'tls', problem: expect.stringContaining('unencrypted') },
        { path: 'cleanup.transactionSize', problem: expect.stringContaining('runSize') },
      ],
    });
    const { problems = [] } = plugin.parseConfig('rda-fiss-load', { rdaVersion: 'newest' }) as {
      problems?: { path: string }[];
    };
    expect(problems.map(({ path }) => path).sort()).toEqual(['host', 'pepper', 'rdaVersion']);
  });
});

describe('the built plugin', () => {
  it('loads claims, and tries the server out first where it is told to', async ({ signal }) => {
    const folder = fileURLToPath(new URL('..', import.meta.url));
    const { folder: dist } = await buildPlugin(folder);
    const built: PluginModule = (await import(pathToFileURL(join(dist, 'plugin.js')).href)).default;
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 10 }));
    const parsed = built.parseConfig('rda-fiss-load', {
      host: server.host,
      port: server.port,
      pepper: PEPPER,
      smokeTest: true,
    });
    const logger = listeningLogger();
    const config = parsed.ok ? parsed.value : undefined;
    const job = built.create('rda-fiss-load', { db: db.pool, config, logger });

    await job.preflight?.({ signal });
    const outcome = await job.run(contextOn(db.pool, signal));
    await job.dispose();

    expect(logger.lines[0]).toMatchObject({
      message: 'the RDA API can be loaded from',
      fields: { messages: 3 },
    });
    expect(outcome).toMatchObject({ kind: 'work-done', counts: { messages: 10, claims: 10 } });
    expect(await countOf(db.pool, 'rda.fiss_claims')).toBe(10);
  });
});
