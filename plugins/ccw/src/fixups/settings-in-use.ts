// With which settings the stored hashes were made. It is remembered, not as the pepper but as what the settings make
// of a constant, so that another pepper in host.config.json is either a change that was asked for or an error.

import { type HashSettings, hashIdentifier } from '../hashing/identifier-hash.ts';
import { DEVELOPMENT } from './fixup-config.ts';
import { rotateFromWrong, rotationUnfinished, settingsChanged } from './fixup-errors.ts';

/** A checkpoint of the job. Fingerprints in place of settings. */
export interface SettingsInUse {
  /** Of the hashes. */
  readonly current: string;
  /** Of the former hashes, of the latest change. */
  readonly former?: {
    readonly fingerprint: string;
    /**
     * `rotating`: some hashes are still those of the former settings. `complete`: none is; former hashes are kept
     * as well. `left`: former hashes are gone.
     */
    readonly state: 'rotating' | 'complete' | 'left';
  };
}

/** What host.config.json says, by fingerprint. */
export interface AskedSettings {
  readonly current: string;
  readonly from?: string;
}

/** With which settings a few stored hashes were made; `none`: there is no hash. */
export type Evidence = 'current' | 'from' | 'other' | 'none';

/** Longer than any identifier, so that this is nobody's hash. */
const CONSTANT = 'fingerprint of hash settings';
const DEVELOPMENT_PEPPER = Buffer.from('known to everybody', 'utf8');

/** @param pepper - hex digits, or "development" */
export function hashSettings({
  pepper,
  iterations,
}: {
  readonly pepper: string;
  readonly iterations: number;
}): HashSettings {
  return {
    pepper: pepper === DEVELOPMENT ? DEVELOPMENT_PEPPER : Buffer.from(pepper, 'hex'),
    iterations,
  };
}

/** As hard to turn back into a pepper as the stored hashes are. */
export function fingerprintOf(settings: HashSettings): Promise<string> {
  return hashIdentifier(CONSTANT, settings);
}

/**
 * What holds from now on.
 *
 * @param remembered - what held until now; `undefined`: no fix-up has done anything yet
 * @param evidence - looks at stored hashes; only asked when nothing better is known
 * @throws PermanentError `BFD_HASH_SETTINGS`, `BFD_HASH_ROTATE_FROM`, `BFD_HASH_ROTATION_UNFINISHED`
 */
export async function settle(
  remembered: SettingsInUse | undefined,
  asked: AskedSettings,
  evidence: () => Promise<Evidence>,
): Promise<SettingsInUse> {
  if (remembered && asked.current === remembered.current) return goOn(remembered, asked.from);
  const former = remembered?.former;
  if (former && former.state !== 'left') throw rotationUnfinished();
  if (remembered && asked.from === remembered.current) return begin(asked);
  const made = await evidence();
  const isProven = made === 'none' || (!remembered && (made === 'current' || made === 'from'));
  if (isProven) return begin(asked);
  throw asked.from === undefined ? settingsChanged() : rotateFromWrong();
}

function begin({ current, from }: AskedSettings): SettingsInUse {
  return from === undefined
    ? { current }
    : { current, former: { fingerprint: from, state: 'rotating' } };
}

function goOn(remembered: SettingsInUse, from: string | undefined): SettingsInUse {
  const { former } = remembered;
  if (from === undefined) {
    if (former?.state === 'rotating') throw rotationUnfinished();
    return remembered;
  }
  if (former?.fingerprint !== from) throw rotateFromWrong();
  if (former.state !== 'left') return remembered;
  return { ...remembered, former: { ...former, state: 'complete' } };
}
