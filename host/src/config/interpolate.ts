// `${env:NAME}` and `${file:path}` in the strings of host.config.json: how a secret gets in without being in
// the file. Where one was put in is noted, so that nothing ever shows it again.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Problem } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';
import type { JsonValue } from './json-text.ts';
import { memberPath, quoted } from './member-path.ts';

export interface Interpolated {
  /** The value with its placeholders replaced. A member whose placeholder has no value is left out. */
  readonly value: JsonValue | undefined;
  /** Places that hold something from the environment or another file: secrets. */
  readonly secretPaths: readonly string[];
  /** What was asked for, in the order of the text. */
  readonly references: readonly SecretReference[];
  readonly problems: readonly Problem[];
}

/** A place that takes its text from elsewhere. */
export interface SecretReference {
  readonly at: string;
  readonly kind: 'env' | 'file';
  /** The variable, or the path as written. */
  readonly name: string;
}

export interface InterpolationSource {
  readonly env: NodeJS.ProcessEnv;
  /** What relative paths of `${file:…}` begin at. */
  readonly folder: string;
  /** Put where secrets go, which are then not read at all. */
  readonly standIn?: string;
}

/**
 * Replaces the placeholders of all strings in `value`. `$${` stands for a plain `${`.
 *
 * @example
 * await interpolate({ pepper: '${env:BFD_HASH_PEPPER}' }, { env: process.env, folder: '/etc/bfd' });
 */
export async function interpolate(
  value: JsonValue,
  source: InterpolationSource,
): Promise<Interpolated> {
  const secretPaths: string[] = [];
  const references: SecretReference[] = [];
  const problems: Problem[] = [];
  return { value: await replace(value, []), secretPaths, references, problems };

  async function replace(
    part: JsonValue,
    path: readonly PropertyKey[],
  ): Promise<JsonValue | undefined> {
    if (typeof part === 'string') return replaceText(part, memberPath(path));
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) {
      const items: JsonValue[] = [];
      for (const [index, item] of part.entries()) {
        const replaced = await replace(item, [...path, index]);
        if (replaced !== undefined) items.push(replaced);
      }
      return items;
    }
    const members: { [name: string]: JsonValue } = Object.create(null);
    for (const [name, member] of Object.entries(part)) {
      const replaced = await replace(member, [...path, name]);
      if (replaced !== undefined) members[name] = replaced;
    }
    return members;
  }

  async function replaceText(text: string, at: string): Promise<string | undefined> {
    const pieces: string[] = [];
    let isWhole = true;
    let end = 0;
    for (const match of text.matchAll(/\$\$\{|\$\{([^}]*)(\}?)/g)) {
      pieces.push(text.slice(end, match.index));
      end = match.index + match[0].length;
      if (match[0] === '$${') {
        pieces.push('${');
        continue;
      }
      const asked = referenceIn(match[2] === '}' ? match[1] : undefined);
      if (asked) references.push({ at, ...asked });
      const found = await readSecret(asked, source);
      if ('problem' in found) {
        problems.push({ at, problem: found.problem });
        isWhole = false;
      } else {
        pieces.push(found.text);
        if (!secretPaths.includes(at)) secretPaths.push(at);
      }
    }
    return isWhole ? pieces.join('') + text.slice(end) : undefined;
  }
}

function referenceIn(inside = ''): Omit<SecretReference, 'at'> | undefined {
  const [, kind, name] = /^(env|file):(.+)$/.exec(inside) ?? [];
  return name === undefined || (kind !== 'env' && kind !== 'file') ? undefined : { kind, name };
}

async function readSecret(
  asked: Omit<SecretReference, 'at'> | undefined,
  { env, folder, standIn }: InterpolationSource,
): Promise<{ text: string } | { problem: string }> {
  if (!asked) {
    return {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what people have to write
      problem: 'expected ${env:NAME} or ${file:PATH} after "${"; a plain "${" is written "$${"',
    };
  }
  if (standIn !== undefined) return { text: standIn };
  return asked.kind === 'env'
    ? readVariable(asked.name, env)
    : readSecretFile(resolve(folder, asked.name));
}

function readVariable(
  name: string,
  env: NodeJS.ProcessEnv,
): { text: string } | { problem: string } {
  const text = env[name];
  if (text === undefined) {
    const hint = didYouMean(name, Object.keys(env));
    return { problem: `environment variable ${quoted(name)} is not set${hint}` };
  }
  if (text === '') return { problem: `environment variable ${quoted(name)} is set but empty` };
  return { text };
}

const MAX_FILE_BYTES = 64 * 1024;

async function readSecretFile(path: string): Promise<{ text: string } | { problem: string }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { problem: `file ${quoted(path)} cannot be read (${code})` };
  }
  if (bytes.length > MAX_FILE_BYTES) {
    return { problem: `file ${quoted(path)} is larger than ${MAX_FILE_BYTES} bytes` };
  }
  // Editors and `echo` end a file with a line break that is not part of the secret.
  const text = bytes.toString('utf8').replace(/\r?\n$/, '');
  return text === '' ? { problem: `file ${quoted(path)} is empty` } : { text };
}
