// S3 keys from where the AWS SDK looks for them: environment, files, the machine's or the pod's own role. The host
// looks, since a job's process sees none of these, and hands the keys over each time they are asked for.

import type { HandedCredentials } from './protocol.ts';

type Provider = () => Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}>;

const providers = new Map<string, Promise<Provider>>();

/** Keys for S3, which the SDK renews before they end; `undefined` when there are none to be found. */
export async function findCredentials(region: string): Promise<HandedCredentials | undefined> {
  try {
    const provider = providers.get(region) ?? providerFor(region);
    providers.set(region, provider);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (await provider)();
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(expiration === undefined ? {} : { expiresAtMs: expiration.getTime() }),
    };
  } catch {
    // Why is for the SDK to know: its text names files and addresses of this machine.
    return undefined;
  }
}

// Loaded only when needed: the SDK takes as long to load as Node itself.
async function providerFor(region: string): Promise<Provider> {
  const { S3 } = await import('@aws-sdk/client-s3');
  return new S3({ region }).config.credentials;
}
