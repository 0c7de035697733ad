// host.config.json as a test writes it, read as a host reads it.

import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../errors.ts';
import { ConfigError } from './config-error.ts';
import { readHostConfig } from './read-host-config.ts';

export async function withFile<T>(
  text: string,
  use: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-config-'));
  const path = join(folder.path, 'host.config.json');
  await writeFile(path, text);
  return await use(path, folder.path);
}

export const read = (value: unknown, env: NodeJS.ProcessEnv = {}) =>
  withFile(JSON.stringify(value), (path) => readHostConfig(path, env));

export async function problemsOf(
  text: string,
  env: NodeJS.ProcessEnv = {},
): Promise<readonly Problem[]> {
  const error: unknown = await withFile(text, (path) => readHostConfig(path, env)).catch((e) => e);
  if (error instanceof ConfigError) return error.problems;
  throw error instanceof Error ? error : new Error('accepted');
}
