// Injection in the bundle, in a process of its own: what passes in the source can fail there.

import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildPlugin } from '@bfd-host/plugin-builder';
import { describe, expect, it } from 'vitest';
import { pluginFolder } from '../test/plugin-folder.ts';

const SOURCE = `
import {
  CONFIG, DB_POOL, definePlugin, inject, Job, LOGGER, type Logger, PermanentError, type Pool,
  type Runnable, S3, type S3Client, workDone, z,
} from '@bfd-host/sdk';
import { from } from 'pg-copy-streams';
import { parse } from 'csv-parse/sync';

const config = z.strictObject({ bucket: z.string(), limit: z.int().default(10) });
type Config = z.infer<typeof config>;

@Job({ name: 'all-services', version: '1.0.0', config })
class AllServices implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(S3) private readonly s3: S3Client,
    @inject(CONFIG) private readonly config: Config,
    @inject(LOGGER) private readonly log: Logger,
  ) {}
  async run() {
    this.log.info('seen', { limit: this.config.limit });
    const { rows } = await this.db.query('select 1');
    const { Buckets } = await this.s3.listBuckets();
    const lines = parse('a|b', { delimiter: '|' }).length;
    const copies = typeof from;
    return workDone({ counts: { rows: rows.length, buckets: Buckets.length, lines }, version: copies });
  }
  async dispose() { this.log.info('disposed'); }
}

@Job({ name: 'failing', version: '1.0.0' })
class Failing implements Runnable {
  async run(): Promise<never> {
    throw new PermanentError('BFD_TEST', 'It has {count}.', { count: 3 });
  }
}
export default definePlugin({ jobs: [AllServices, Failing] });
`;

async function inChild(bundle: string, script: string): Promise<unknown> {
  const runtime = import.meta.resolve('@bfd-host/sdk/runtime');
  const preamble = `const { default: plugin } = await import(${JSON.stringify(bundle)});
const { isJobError, PLUGIN_API_VERSION } = await import(${JSON.stringify(runtime)});
const tell = (value) => console.log(JSON.stringify(value));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--input-type=module',
    '--eval',
    `${preamble}\n${script}`,
  ]);
  return JSON.parse(stdout);
}

describe('a job in a built plugin, in a process of its own', () => {
  async function built() {
    const source = await pluginFolder({ 'src/plugin.ts': SOURCE, 'node_modules/.keep': '' });
    for (const name of ['csv-parse', 'pg-copy-streams']) {
      const installed = fileURLToPath(new URL(`../../../node_modules/${name}`, import.meta.url));
      await symlink(installed, join(source.path, 'node_modules', name));
    }
    const { folder } = await buildPlugin(source.path);
    return { ...source, bundle: pathToFileURL(join(folder, 'plugin.js')).href };
  }

  it('gets all four services, and its configuration with defaults', async () => {
    await using plugin = await built();
    const said = await inChild(
      plugin.bundle,
      `const lines = [];
       const logger = { info: (message, fields) => lines.push({ message, fields }) };
       const db = { query: async () => ({ rows: [{}, {}] }) };
       const s3 = { listBuckets: async () => ({ Buckets: [{}] }) };
       const parsed = plugin.parseConfig('all-services', { bucket: 'b' });
       const job = plugin.create('all-services', { db, s3, logger, config: parsed.value });
       const outcome = await job.run({});
       await job.dispose();
       tell({ outcome, lines, needs: plugin.jobs[0].needs });`,
    );
    expect(said).toEqual({
      outcome: {
        kind: 'work-done',
        counts: { rows: 2, buckets: 1, lines: 1 },
        version: 'function',
      },
      lines: [{ message: 'seen', fields: { limit: 10 } }, { message: 'disposed' }],
      needs: ['config', 'db', 'logger', 's3'],
    });
  });

  it('throws errors that another copy of the SDK knows', async () => {
    await using plugin = await built();
    const said = await inChild(
      plugin.bundle,
      `const { PermanentError } = await import(${JSON.stringify(import.meta.resolve('@bfd-host/sdk'))});
       const error = await plugin.create('failing', {}).run({}).catch((thrown) => thrown);
       tell({
         isJobError: isJobError(error), isSameClass: error instanceof PermanentError,
         code: error.code, isPermanent: error.isPermanent, message: error.message,
         isSameApi: plugin.apiVersion === PLUGIN_API_VERSION,
       });`,
    );
    expect(said).toEqual({
      isJobError: true,
      isSameClass: false,
      code: 'BFD_TEST',
      isPermanent: true,
      message: 'It has 3.',
      isSameApi: true,
    });
  });
});
