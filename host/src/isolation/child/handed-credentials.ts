// S3 keys that the host hands over when they are asked for.

import type { HandedCredentials } from '../protocol.ts';
import { say } from './channel.ts';

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

let waiting: { resolve: (keys: Keys) => void; reject: (error: Error) => void }[] = [];

/** A credential provider as the AWS SDK takes one; it asks again before the keys end. */
export function askForCredentials(): Promise<Keys> {
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    if (waiting.length === 1) say({ type: 'need-credentials' });
  });
}

export function takeCredentials(handed: HandedCredentials | undefined): void {
  const asked = waiting;
  waiting = [];
  for (const { resolve, reject } of asked) {
    if (handed) resolve(keysOf(handed));
    else reject(new NoCredentialsError());
  }
}

/** Named like the SDK's own, so that it is told like it. */
class NoCredentialsError extends Error {
  override readonly name = 'CredentialsProviderError';
}

function keysOf({ expiresAtMs, ...keys }: HandedCredentials): Keys {
  return { ...keys, ...(expiresAtMs === undefined ? {} : { expiration: new Date(expiresAtMs) }) };
}
