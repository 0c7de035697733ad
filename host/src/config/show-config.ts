// A configuration for people and for `--json`: complete, but for what could be a secret.

import { safeForm } from '@bfd-host/sdk/runtime';
import type { DatabaseSetting, HostConfig, S3Setting } from './host-config.ts';
import { memberPath } from './member-path.ts';

export const SECRET = '(secret)';
const TEXT = '(text)';
const NUMBER = '(number)';
const LONGEST_NUMBER = 99_999;

/**
 * The configuration with its secrets replaced: what came from `${env:…}` or `${file:…}`, keys of S3, passwords
 * in URLs, headers, and members of `telemetry` and of a job's `config` whose name says that they are one. Nobody knows what
 * a job is configured with, so of its `config` only the form is shown: texts and long numbers are not.
 */
export function showConfig(config: HostConfig): unknown {
  const secrets = new Set(config.secretPaths);
  const { database, s3, plugins, secretPaths: _, ...rest } = config;
  return {
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, hide(value, [name])])),
    database: showDatabase(database, secrets),
    s3: showS3(s3),
    plugins: Object.fromEntries(
      Object.entries(plugins).map(([name, { database: own, s3: ownS3, ...settings }]) => [
        name,
        {
          ...settings,
          ...(own ? { database: { url: showUrl(own.url, isSecret(name)) } } : {}),
          ...(ownS3 ? { s3: showS3(ownS3) } : {}),
        },
      ]),
    ),
  };

  function isSecret(plugin: string): boolean {
    return secrets.has(memberPath(['plugins', plugin, 'database', 'url']));
  }

  function hide(value: unknown, path: readonly PropertyKey[]): unknown {
    const isOfJobConfig = path[0] === 'jobs' && path[2] === 'config';
    const isOfTelemetry = path[0] === 'telemetry';
    const hasSecretName = (isOfJobConfig || isOfTelemetry) && SECRET_NAME.test(String(path.at(-1)));
    const isHeader = isOfTelemetry && path.at(-2) === 'headers';
    if (hasSecretName || isHeader || secrets.has(memberPath(path))) return SECRET;
    if (isOfJobConfig && typeof value === 'string') return TEXT;
    if (isOfJobConfig && typeof value === 'number' && Math.abs(value) > LONGEST_NUMBER)
      return NUMBER;
    if (Array.isArray(value)) return value.map((item, index) => hide(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        isOfJobConfig ? safeForm('name', name) : name,
        hide(inner, [...path, name]),
      ]),
    );
  }
}

const SECRET_NAME = /pass|secret|token|pepper|salt|credential|private|apikey|key$/i;

function showDatabase(database: DatabaseSetting, secrets: ReadonlySet<string>): unknown {
  if (database.kind === 'embedded') return database;
  const isSecret = (...places: string[]) =>
    database.from === 'file' && places.some((place) => secrets.has(place));
  const { url, directUrl } = database;
  return {
    ...database,
    url: showUrl(url, isSecret('database', 'database.url')),
    directUrl: showUrl(directUrl, isSecret('database', 'database.url', 'database.directUrl')),
  };
}

/** Where a database is, without what opens it: parameters may hold a password, too. */
function showUrl(url: string, isSecret: boolean): string {
  if (isSecret) return SECRET;
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

function showS3(s3: S3Setting): unknown {
  if (s3.kind === 'embedded' || s3.credentials.kind === 'aws-default-chain') return s3;
  return { ...s3, credentials: { kind: 'static', accessKeyId: SECRET, secretAccessKey: SECRET } };
}
