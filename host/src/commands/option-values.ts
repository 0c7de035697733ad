// Values of options, as people write them.

import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export function duration(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new InvalidArgumentError('Write it as 90s, 15m or 2h.');
  return Number(amount) * unitMs;
}

export function cores(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 64) return value;
  throw new InvalidArgumentError('Give a number above 0, such as 0.5.');
}

export function jobCron(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, job, cron] = /^([a-z0-9-]+)=(.+)$/.exec(text) ?? [];
  if (job === undefined || cron === undefined) {
    throw new InvalidArgumentError('Write it as ccw-rif-load=*/5 * * * *, in quotes.');
  }
  return { ...before, [job]: cron };
}

export function shortText(text: string): string {
  if (/^[\x20-\x7e]{1,300}$/.test(text)) return text;
  throw new InvalidArgumentError('Give 1 to 300 printable ASCII characters.');
}

/** A moment, or how long ago it was. */
export function since(text: string): Date {
  return /^\d+[a-z]+$/.test(text) ? new Date(Date.now() - duration(text)) : moment(text);
}

export function moment(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('Write it as 2026-03-01T00:00Z.');
  return at;
}
