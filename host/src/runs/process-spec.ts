// What a job's process is told of its job, and what it may use: from catalog, configuration and services.

import { pluginSettings } from '../config/read-host-config.ts';
import type { HostConfig, S3Access } from '../config/host-config.ts';
import type { HostJob } from '../catalog/plan-jobs.ts';
import type { JobProcessSpec } from '../isolation/job-process.ts';
import type { Services } from '../services.ts';

export function processSpec(job: HostJob, config: HostConfig, services: Services): JobProcessSpec {
  const settings = pluginSettings(config, job.plugin.name);
  const url = settings.database?.url ?? services.databaseUrl;
  return {
    job: job.name,
    plugin: job.plugin,
    config: job.config,
    needs: job.needs,
    schemas: job.schemas,
    privileges: job.privileges,
    ...(job.needs.includes('db')
      ? {
          database: {
            url,
            poolSize: settings.connections,
            statementTimeoutMs: settings.statementTimeoutMs,
            isHostDatabase: isSameDatabase(url, services.databaseUrl),
          },
        }
      : {}),
    ...(job.needs.includes('s3') ? { s3: s3Spec(settings.s3 ?? services.s3) } : {}),
    limits: {
      memoryMb: settings.memoryMb,
      rssMb: settings.rssMb,
      outputBytes: settings.outputKb * 1024,
      messageBytes: 1024 * 1024,
      nice: settings.nice,
      openFiles: settings.openFiles,
      blockedWarnMs: 2000,
      blockedKillMs: settings.blockedSeconds * 1000,
      preflightMs: 30_000,
      startMs: 30_000,
    },
    idleMs: settings.idleMinutes * 60_000,
  };
}

function s3Spec(access: S3Access): NonNullable<JobProcessSpec['s3']> {
  const { credentials } = access;
  return {
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
    region: access.region ?? 'us-east-1',
    forcePathStyle: access.forcePathStyle,
    ...(credentials.kind === 'static'
      ? {
          accessKeyId: credentials.accessKeyId,
          secretAccessKey: credentials.secretAccessKey,
          ...(credentials.sessionToken === undefined
            ? {}
            : { sessionToken: credentials.sessionToken }),
        }
      : {}),
  };
}

// Another role on the same database may use the functions behind fence and checkpoint; another database has none.
function isSameDatabase(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  return a.hostname === b.hostname && (a.port || '5432') === (b.port || '5432') && a.pathname === b.pathname;
}
