// A measurement that is taken again when other programs used the machine meanwhile: all sides of a comparison alike.

import { machineCpuSeconds } from './process-costs.ts';

export interface Measured {
  readonly seconds: number;
  /** CPU of what is measured. */
  readonly cpuSeconds: number;
}

/** CPU that others may use: a share of the time, and what the S3 server and the kernel take. */
const FOREIGN_SHARE = 0.1;
const FOREIGN_SECONDS = 0.4;
const MOST_TRIES = 5;

/**
 * @param prepare - called before each try
 * @returns the try that was disturbed least, and whether it was disturbed all the same
 */
export async function undisturbed<T extends Measured>(
  prepare: () => Promise<void>,
  measure: () => Promise<T>,
): Promise<T & { readonly isDisturbed: boolean }> {
  let best: (T & { readonly isDisturbed: boolean }) | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < MOST_TRIES && (best?.isDisturbed ?? true); tries++) {
    await prepare();
    const [machine, own] = [machineCpuSeconds(), process.cpuUsage()];
    const measured = await measure();
    const { user, system } = process.cpuUsage(own);
    const foreign =
      machineCpuSeconds() - machine - measured.cpuSeconds - (user + system) / 1_000_000;
    const share = (foreign - FOREIGN_SECONDS) / measured.seconds;
    if (best && share >= least) continue;
    least = share;
    best = { ...measured, isDisturbed: share > FOREIGN_SHARE };
  }
  if (!best) throw new RangeError('nothing was measured');
  return best;
}
