/** What is looked at before a server is trusted: its version, and how long our token still lasts. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, PermanentError, type RunContext, safe } from '@bfd-host/sdk';
import type { RdaConfig } from '../config.ts';
import { isConnectionLost } from '../source/source-errors.ts';
import { tokenExpiry } from '../source/token.ts';
import { isInRange } from '../source/version.ts';
import type { Load } from './rda-load.ts';

const DAY_MS = 86_400_000;

/** Tells of a token that ends within a month, since getting another one takes a while. */
export function warnOfTokenExpiry({ authToken }: RdaConfig, log: Logger): void {
  const end = authToken === undefined ? undefined : tokenExpiry(authToken);
  if (!end) return;
  const days = Math.floor((end.getTime() - Date.now()) / DAY_MS);
  if (days < 0) log.error('the token has expired', { days });
  else if (days < 14) log.error('the token expires soon', { days });
  else if (days < 31) log.warn('the token expires soon', { days });
}

const VERSION_TRIES = 3;
/** Size of the columns it is stored in. */
const API_SOURCE_LENGTH = 24;

/** What it takes to ask. */
export interface Asking extends Pick<Load, 'client' | 'config' | 'log' | 'timings'> {
  readonly ctx: Pick<RunContext, 'signal'>;
}

/**
 * The server's version text, if it is one this load accepts.
 *
 * @throws PermanentError `BFD_RDA_VERSION`
 */
export async function acceptedVersion(load: Asking): Promise<string> {
  const version = await askVersion(load);
  const { rdaVersion } = load.config;
  if (isInRange(version, rdaVersion) && version.length <= API_SOURCE_LENGTH) return version;
  throw new PermanentError(
    'BFD_RDA_VERSION',
    'The RDA API has version {version}, this load accepts {accepted}. Update the load, or set rdaVersion if the versions are compatible.',
    {
      version: safe.name(shownVersion(version)),
      accepted: safe.name(named(rdaVersion)),
    },
  );
}

/** Only what looks like a version is shown: the server may have said anything. */
function shownVersion(version: string): string {
  const [found = 'unreadable'] = /[\d.]{1,20}$/.exec(version) ?? [];
  return `v${found}`;
}

/** A range as a name: `same-major-as:0.14.1`. */
function named(range: string): string {
  const version = range.replace(/^[\^~]/, '');
  if (range.startsWith('^')) return `same-major-as:${version}`;
  return range.startsWith('~') ? `same-minor-as:${version}` : `v${version}`;
}

async function askVersion({ client, ctx: { signal }, log, timings }: Asking): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.version(signal);
    } catch (error) {
      if (attempt >= VERSION_TRIES || !isConnectionLost(error)) throw error;
      log.warn('the RDA API could not be reached, trying again', { attempt });
      await sleep(timings.versionRetryMs, undefined, { signal });
    }
  }
}
