// The corpus: every fault we know of that a plugin can have, one small plugin each.

import { BLOCKING } from './blocking.ts';
import { CONSUMING } from './consuming.ts';
import { DYING } from './dying.ts';
import type { Fault } from './fault.ts';
import { LEAVING } from './leaving.ts';
import { LOADING } from './loading.ts';
import { REACHING } from './reaching.ts';
import { SPEAKING } from './speaking.ts';
import { THROWING } from './throwing.ts';

export type { Fault } from './fault.ts';

const canHaveOwnUsers = process.getuid?.() === 0 && process.platform === 'linux';

/** Those that this machine and user can contain. */
export const FAULTS: readonly Fault[] = [
  ...THROWING,
  ...DYING,
  ...BLOCKING,
  ...CONSUMING,
  ...SPEAKING,
  ...REACHING,
  ...LEAVING,
  ...LOADING,
].filter(({ needsOwnUser }) => canHaveOwnUsers || !needsOwnUser);

/** A few of each kind. */
export const QUICK_FAULTS = FAULTS.filter(({ isQuick }) => isQuick);
