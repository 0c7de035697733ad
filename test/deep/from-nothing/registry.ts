// A registry of npm packages on loopback, which has ours and fetches all others from where this machine has its own. Its
// program is as large as all other tools together, so it is installed when this test runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { succeeds } from '../../support/commands.ts';
import { ROOT } from '../../support/folders.ts';

export interface Registry extends AsyncDisposable {
  readonly url: string;
}

/** @param folder - empty, holds all that the registry keeps */
export async function startRegistry(folder: string): Promise<Registry> {
  // Read, and written down nowhere but in a folder that is gone soon.
  const upstream = (await succeeds('npm', ['config', 'get', 'registry'], { cwd: ROOT })).trim();
  const anybody = { access: '$all', publish: '$all', unpublish: '$all' };
  const config = {
    storage: './storage',
    uplinks: { upstream: { url: upstream, maxage: '60m', timeout: '120s', cache: true } },
    packages: {
      '@bfd-host/*': anybody,
      'create-bfd-job': anybody,
      '**': { access: '$all', proxy: 'upstream' },
    },
    auth: { htpasswd: { file: './htpasswd', max_users: -1 } },
    max_body_size: '100mb',
    log: { type: 'stdout', format: 'json', level: 'warn' },
  };
  const file = path.join(folder, 'config.yaml');
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  await cp(path.join(import.meta.dirname, 'registry'), folder, { recursive: true });
  await succeeds('npm', ['ci', '--omit=dev'], { cwd: folder });
  const port = await freePort();
  const program = path.join(folder, 'node_modules/.bin/verdaccio');
  const server = spawn(program, ['--config', file, '--listen', `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/-/ping`, server);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilAnswers(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the registry ended with ${server.exitCode}`);
}
