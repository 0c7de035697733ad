// Database and S3 as the configuration says: somebody's, or the embedded ones that belong to the state folder.

import type { LocalStack } from '@bfd-host/local-stack';
import type { HostConfig, S3Access } from './config/host-config.ts';
import { BfdError } from './errors.ts';
import { PluginRoles } from './isolation/plugin-roles.ts';

export interface Services extends AsyncDisposable {
  readonly databaseUrl: string;
  /** For what a pooler cannot do: LISTEN, session locks. */
  readonly directUrl: string;
  readonly s3: S3Access;
  /** Of plugins that have no way of their own into the database. */
  readonly roles: PluginRoles;
  /** Absolute. */
  readonly stateFolder: string;
  readonly isDatabaseEmbedded: boolean;
  readonly isS3Embedded: boolean;
}

export class LocalStackMissingError extends BfdError {
  readonly code = 'BFD_LOCAL_STACK_MISSING';
  constructor(cause: unknown) {
    super(
      'host.config.json asks for an embedded database or S3, and the package @bfd-host/local-stack is not ' +
        'installed. Install it, or give "database" and "s3" in host.config.json.',
      { cause },
    );
  }
}

/** Starts or adopts the embedded services if any are asked for. Disposing leaves them; the last one out stops them. */
export async function openServices(config: HostConfig, signal?: AbortSignal): Promise<Services> {
  const isDatabaseEmbedded = config.database.kind === 'embedded';
  const isS3Embedded = config.s3.kind === 'embedded';
  const stack =
    isDatabaseEmbedded || isS3Embedded
      ? await joinStack(config.stateFolder, isDatabaseEmbedded, isS3Embedded, signal)
      : undefined;
  const databaseUrl =
    config.database.kind === 'external' ? config.database.url : stack?.postgres?.url;
  const s3 = config.s3.kind === 'external' ? config.s3 : embeddedS3(stack);
  if (databaseUrl === undefined || s3 === undefined) {
    // joinLocalStack returns what it was asked for or throws.
    throw new LocalStackMissingError(undefined);
  }
  const directUrl = config.database.kind === 'external' ? config.database.directUrl : databaseUrl;
  return {
    databaseUrl,
    directUrl,
    s3,
    roles: new PluginRoles(directUrl),
    stateFolder: config.stateFolder,
    isDatabaseEmbedded,
    isS3Embedded,
    [Symbol.asyncDispose]: async () => stack?.leave(),
  };
}

// By dynamic import only: with a database and S3 of its own, a host needs no embedded ones.
async function joinStack(home: string, postgres: boolean, s3: boolean, signal?: AbortSignal) {
  const { joinLocalStack } = await import('@bfd-host/local-stack').catch((error: unknown) => {
    throw new LocalStackMissingError(error);
  });
  return joinLocalStack({ home, postgres, s3, ...(signal ? { signal } : {}) });
}

function embeddedS3(stack: LocalStack | undefined): S3Access | undefined {
  if (!stack?.s3) return undefined;
  const { endpoint, region, accessKeyId, secretAccessKey } = stack.s3;
  return {
    kind: 'external',
    from: 'file',
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { kind: 'static', accessKeyId, secretAccessKey },
  };
}
