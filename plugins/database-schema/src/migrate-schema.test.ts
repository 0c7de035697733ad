import type { Logger, RunContext } from '@bfd-host/sdk';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { MIGRATIONS } from './migrations.ts';
import plugin from './plugin.ts';

const VERSION = String(MIGRATIONS.at(-1)?.version);

describe('the job database-schema', () => {
  it('is what other jobs name in dependsOn, runs at start and needs a database', () => {
    expect(plugin.jobs).toEqual([
      expect.objectContaining({ name: 'database-schema', startup: true, needs: ['db', 'logger'] }),
    ]);
    expect(plugin.schemas).toEqual(['ccw', 'rda']);
  });

  it('tells the schema version after work and after none', async ({ signal }) => {
    await using db = await freshDatabase();
    const job = plugin.create('database-schema', { db: db.pool, logger: SILENT });
    const ctx = contextWith(signal);

    expect(await job.run(ctx)).toEqual({
      kind: 'work-done',
      version: VERSION,
      counts: { migrations: MIGRATIONS.length },
    });
    expect(await job.run(ctx)).toEqual({ kind: 'nothing-to-do', version: VERSION });
  });
});

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function contextWith(signal: AbortSignal): RunContext {
  // The job uses these two alone; the whole context comes from the host's runtime, tested there.
  return { signal, workStarts() {} } as unknown as RunContext;
}
