// What a job's process is told of its job, and what it may use: from catalog, configuration and services.

import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { HostJob } from '../catalog/host-job.ts';
import type { HostConfig, S3Access } from '../config/host-config.ts';
import { BfdError } from '../errors.ts';
import { endSessionsOfJob } from '../isolation/end-sessions.ts';
import type { JobProcessSpec } from '../isolation/job-process.ts';
import { withRole } from '../isolation/plugin-roles.ts';
import type { Services } from '../services.ts';

/** S3 is to be reached with AWS's default credentials, and there are none. */
class S3CredentialsError extends BfdError {
  readonly code = 'BFD_S3_CREDENTIALS';
  constructor(cause: unknown) {
    super(
      "AWS's default chain finds no credentials here. Set AWS_PROFILE or AWS_ACCESS_KEY_ID, give the machine " +
        'a role, or write accessKeyId and secretAccessKey into "s3" of host.config.json.',
      { cause },
    );
  }
}

/** Asked for at each run: credentials of AWS's own chain change while a host lives. */
export async function processSpec(
  job: HostJob,
  services: Services,
  { mode }: Pick<HostConfig, 'mode'>,
): Promise<JobProcessSpec> {
  const { plugin, pluginSettings: settings } = job;
  return {
    job: job.name,
    plugin: {
      name: plugin.name,
      version: plugin.version,
      folder: plugin.folder,
      entry: plugin.manifest.entry,
      sha256: plugin.sha256,
      sdkVersion: plugin.manifest.sdkVersion,
    },
    config: job.config,
    needs: job.needs,
    schemas: plugin.manifest.schemas,
    privileges: job.privileges,
    ...(job.needs.includes('db')
      ? {
          database: {
            ...(await wayIntoDatabase(job, services)),
            poolSize: settings.connections,
            statementTimeoutMs: settings.statementTimeoutMs,
          },
        }
      : {}),
    ...(job.needs.includes('s3') ? { s3: await s3Spec(settings.s3 ?? services.s3) } : {}),
    limits: {
      memoryMb: settings.memoryMb,
      rssMb: settings.rssMb,
      outputBytes: settings.outputKb * 1024,
      messageBytes: 1024 * 1024,
      tempBytes: settings.tempMb * 2 ** 20,
      nice: settings.nice,
      openFiles: settings.openFiles,
      blockedWarnMs: 2000,
      blockedKillMs: settings.blockedSeconds * 1000,
      preflightMs: 30_000,
      startMs: 30_000,
    },
    refusesUnsafeLogs: mode === 'development',
    idleMs: settings.idleMinutes * 60_000,
    ...(job.debugOutput ? { debugOutput: consoleOutputFile(services.stateFolder, job.name) } : {}),
  };
}

/** Where raw console output of a job is kept, if it is; its name is a warning. */
export function consoleOutputFile(stateFolder: string, job: string): string {
  return path.join(stateFolder, `${job}.may-hold-phi.output`);
}

/** As a role of its own where there is one; without any it has the rights of the host. */
async function wayIntoDatabase(
  { plugin, pluginSettings: { database } }: HostJob,
  { directUrl, roles }: Services,
) {
  const { schemas } = plugin.manifest;
  if (database) {
    const isHostDatabase = isSameDatabase(database.url, directUrl);
    const { username } = new URL(database.url);
    if (isHostDatabase && username !== '') await roles.letUseHost(decodeURIComponent(username));
    return { url: database.url, isHostDatabase };
  }
  // Direct: jobs may use what a pooler cannot, such as temporary tables and locks of the session.
  if (schemas.length === 0) return { url: directUrl, isHostDatabase: true };
  const { role } = await roles.of(plugin.name, schemas);
  return { url: role === undefined ? directUrl : withRole(directUrl, role), isHostDatabase: true };
}

/** Ends database sessions that a run of the job left behind on a host that died. */
export async function endLeftovers(job: HostJob, services: Services): Promise<void> {
  if (!job.needs.includes('db')) return;
  await endSessionsOfJob(job.pluginSettings.database?.url ?? services.directUrl, job.name);
}

async function s3Spec(access: S3Access): Promise<NonNullable<JobProcessSpec['s3']>> {
  const credentials =
    access.credentials.kind === 'static' ? access.credentials : await fromDefaultChain(access);
  return {
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
    region: access.region ?? 'us-east-1',
    forcePathStyle: access.forcePathStyle,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
  };
}

// The job's process has none of the environment and files that AWS's chain looks at, so the host does.
async function fromDefaultChain({ region }: S3Access) {
  const client = new S3Client(region === undefined ? {} : { region });
  try {
    return await client.config.credentials();
  } catch (error) {
    throw new S3CredentialsError(error);
  } finally {
    client.destroy();
  }
}

// Another role on the same database may use the functions behind fence and checkpoint; another database has none.
function isSameDatabase(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  return (
    a.hostname === b.hostname &&
    (a.port || '5432') === (b.port || '5432') &&
    a.pathname === b.pathname
  );
}
