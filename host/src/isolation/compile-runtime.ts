// Part of the build: has a process load the runtime and run a job in it, and keep the code that V8 compiled on the way.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { PLUGIN_API_VERSION } from '@bfd-host/sdk/runtime';
import { LineReader } from './line-reader.ts';
import { type HostMessage } from './protocol.ts';
import { CHANNEL_FD, PROTOCOL_VERSION } from './protocol-version.ts';
import { RunCounter, writeRunCounter } from './run-counter.ts';
import { sha256 } from './runtime-files.ts';

const LONGEST_MS = 60_000;
const PLUGIN = `export default {
  apiVersion: ${PLUGIN_API_VERSION},
  jobs: [{ name: 'a-job' }],
  parseConfig: () => ({ ok: true, value: {} }),
  create: (_, { logger }) => ({
    run: async (ctx) => {
      logger.info('a line', { rows: 1 });
      ctx.progress({ done: 1, total: 1, unit: 'rows' });
      return { kind: 'work-done', counts: { rows: 1 } };
    },
    dispose: async () => {},
  }),
};`;

/**
 * @param folder - of the bundled runtime; the code is written there
 * @param keepCode - the program child/keep-code
 */
export async function compileRuntime(
  folder: string,
  entry: string,
  keepCode: string,
): Promise<void> {
  const work = mkdtempSync(path.join(tmpdir(), 'bfd-compile-'));
  try {
    const bundle = path.join(work, 'plugin.mjs');
    writeFileSync(bundle, PLUGIN);
    writeRunCounter(work);
    const counter = new RunCounter(work);
    const flags = ['--disable-warning=ExperimentalWarning'];
    const child = spawn(process.execPath, [...flags, keepCode, folder, entry], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', counter.fd],
      timeout: LONGEST_MS,
    });
    const ended = once(child, 'exit');
    const channel = child.stdio[CHANNEL_FD];
    if (!(channel instanceof Duplex)) throw new Error('a process without a channel');
    const lines = new LineReader(Number.POSITIVE_INFINITY);
    channel.on('data', (chunk: Buffer) =>
      lines.take(chunk, (line) => {
        const { type } = JSON.parse(line);
        if (type === 'result') child.kill('SIGUSR2');
        else if (type === 'refused') child.kill();
        else answer(type, channel, bundle, work);
      }),
    );
    const [code, signal] = await ended;
    counter.close();
    if (code !== 0) throw new Error(`the runtime did not run: ${signal ?? `exit code ${code}`}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function answer(said: string, channel: Duplex, bundle: string, tempFolder: string): void {
  const message = nextMessage(said, bundle, tempFolder);
  if (message) channel.write(`${JSON.stringify(message)}\n`);
}

function nextMessage(said: string, bundle: string, tempFolder: string): HostMessage | undefined {
  switch (said) {
    case 'hello':
      return {
        type: 'init',
        protocol: PROTOCOL_VERSION,
        apiVersion: PLUGIN_API_VERSION,
        job: 'a-job',
        processToken: '0000',
        bundle,
        sha256: sha256(bundle),
        config: {},
        needs: ['db', 's3', 'config', 'logger'],
        // Nobody is asked for anything at either.
        database: {
          url: 'postgresql://nobody@127.0.0.1:1/nothing',
          poolSize: 1,
          statementTimeoutMs: 0,
          isHostDatabase: true,
        },
        s3: {
          endpoint: 'http://127.0.0.1:1',
          region: 'us-east-1',
          accessKeyId: 'nobody',
          secretAccessKey: 'nothing',
          forcePathStyle: true,
        },
        tempFolder,
        refusesUnsafeLogs: false,
      };
    case 'ready':
      return { type: 'preflight' };
    case 'preflighted':
      return { type: 'run', runId: 'a-run', attempt: 1, epoch: 1, trigger: { kind: 'startup' } };
    default:
      return undefined;
  }
}
