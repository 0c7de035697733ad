// What the environment says of database and S3, so that a host starts elsewhere without an edit of its file.

import type { S3Access, S3Credentials, S3Setting } from './host-config.ts';
import type { ParsedHostConfig, ParsedS3Access } from './host-config-schema.ts';
import type { JsonObject, JsonValue } from './json-text.ts';

/** The variable that goes before `database` in the file. */
export const DATABASE_VARIABLE = 'BFD_DATABASE_URL';

/**
 * What remains of the member `database` when `BFD_DATABASE_URL` is set: nothing that leads to the database
 * of the file.
 */
export function withoutDatabase(root: JsonObject): JsonObject {
  const { database, ...others } = root;
  if (!isObject(database)) return others;
  const { url: _, directUrl: __, ...rest } = database;
  return { ...others, database: rest };
}

/** Puts the URL of `BFD_DATABASE_URL` where {@link withoutDatabase} left a place for it. */
export function withDatabase(root: JsonObject, url: string): JsonObject {
  const { database } = root;
  return { ...root, database: isObject(database) ? { ...database, url } : url };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * S3 as file and environment say together. What an object in the file says goes before the environment, as
 * in the AWS SDK; `"embedded"` gives way when the environment names an endpoint or holds credentials. A region
 * or a profile alone does not do that: shells of people who work with AWS have them anyway.
 */
export function resolveS3(setting: ParsedHostConfig['s3'], env: NodeJS.ProcessEnv): S3Setting {
  if (setting === 'embedded') {
    return hasAwsAccess(env) ? s3Access({}, env, 'environment') : { kind: 'embedded' };
  }
  return s3Access(setting === 'aws' ? {} : setting, env, 'file');
}

/** A plugin's own S3 access: what it leaves out is the host's, where that has an S3 of somebody else. */
export function pluginS3(given: ParsedS3Access, host: S3Setting, env: NodeJS.ProcessEnv): S3Access {
  if (host.kind === 'embedded') return s3Access(given, env, 'file');
  const own = s3Access({ ...host, ...given }, env, 'file');
  return own.credentials.kind === 'static' ? own : { ...own, credentials: host.credentials };
}

function s3Access(given: ParsedS3Access, env: NodeJS.ProcessEnv, from: S3Access['from']): S3Access {
  const endpoint = given.endpoint ?? endpointOf(env);
  const { AWS_REGION, AWS_DEFAULT_REGION } = env;
  const region = given.region ?? (AWS_REGION || AWS_DEFAULT_REGION || undefined);
  return {
    kind: 'external',
    from,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: given.forcePathStyle ?? endpoint !== undefined,
    credentials: credentialsOf(given),
  };
}

function credentialsOf(given: ParsedS3Access): S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken } = given;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return { kind: 'aws-default-chain' };
  }
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { kind: 'static', accessKeyId, secretAccessKey, ...token };
}

function hasAwsAccess(env: NodeJS.ProcessEnv): boolean {
  return endpointOf(env) !== undefined || CREDENTIAL_VARIABLES.some((name) => env[name]);
}

/** The environment without what it says of database and S3, for whoever wants the embedded ones whatever it says. */
export function withoutServices(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => name !== DATABASE_VARIABLE && !name.startsWith('AWS_'),
  );
  return Object.fromEntries(kept);
}

const CREDENTIAL_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  const { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = env;
  if (AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined;
  return AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || undefined;
}
