// A configuration for people and for `--json`: complete, but for what could be a secret.

import type { DatabaseSetting, HostConfig, JobSettings, S3Setting } from './host-config.ts';
import { memberPath } from './member-path.ts';

export const SECRET = '(secret)';

/**
 * The configuration with its secrets replaced: what came from `${env:…}` or `${file:…}`, keys of S3, passwords
 * in URLs, and members of a job's `config` whose name says that they are one.
 */
export function showConfig(config: HostConfig): unknown {
  const { jobs, plugins, database, s3, secretPaths, ...rest } = config;
  const secrets = new Set(secretPaths);
  return {
    ...rest,
    database: showDatabase(database, secrets),
    s3: showS3(s3),
    jobs: mapMembers(jobs, (job, name) => showJob(job, name, secrets)),
    plugins: mapMembers(plugins, ({ database: own, s3: ownS3, ...settings }, name) => {
      const path = memberPath(['plugins', name, 'database', 'url']);
      return {
        ...settings,
        ...(own ? { database: { url: secrets.has(path) ? SECRET : showUrl(own.url) } } : {}),
        ...(ownS3 ? { s3: showS3(ownS3) } : {}),
      };
    }),
  };
}

function showDatabase(database: DatabaseSetting, secrets: ReadonlySet<string>): unknown {
  if (database.kind === 'embedded') return database;
  const show = (url: string, ...places: string[]) =>
    places.some((place) => secrets.has(place)) ? SECRET : showUrl(url);
  return {
    ...database,
    url: show(database.url, 'database', 'database.url'),
    directUrl: show(database.directUrl, 'database', 'database.url', 'database.directUrl'),
  };
}

/** Where a database is, without what opens it: parameters may hold a password, too. */
function showUrl(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

function showS3(s3: S3Setting): unknown {
  if (s3.kind === 'embedded' || s3.credentials.kind === 'aws-default-chain') return s3;
  return { ...s3, credentials: { kind: 'static', accessKeyId: SECRET, secretAccessKey: SECRET } };
}

function showJob(job: JobSettings, name: string, secrets: ReadonlySet<string>): unknown {
  if (job.config === undefined) return job;
  return { ...job, config: show(job.config, ['jobs', name, 'config']) };

  function show(value: unknown, path: readonly PropertyKey[]): unknown {
    if (secrets.has(memberPath(path))) return SECRET;
    if (Array.isArray(value)) return value.map((item, index) => show(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => [
        member,
        SECRET_NAME.test(member) ? SECRET : show(inner, [...path, member]),
      ]),
    );
  }
}

const SECRET_NAME = /pass|secret|token|pepper|salt|credential|private|apikey|key$/i;

function mapMembers<V>(
  members: Readonly<Record<string, V>>,
  show: (value: V, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, show(value, name)]),
  );
}
