// Numbers and results as people read them.

import type { RunResult } from '../runs/run-store.ts';

const NUMBERS = new Intl.NumberFormat('en-US');

/** @example count(48210) === '48,210' */
export function count(value: number): string {
  return NUMBERS.format(value);
}

/** Counts for people, those of nothing left out. @example countsText({ dataSets: 1, rejected: 0 }) === '1 data sets' */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, value]) => value !== 0)
    .map(
      ([name, value]) =>
        `${count(value)} ${name.replace(/[A-Z]/g, (big) => ` ${big.toLowerCase()}`)}`,
    )
    .join(', ');
}

/** @example duration(4120) === '4.1 s' */
export function duration(milliseconds: number): string {
  const ms = Math.round(milliseconds);
  if (ms < 1000) return `${ms} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What became of a run, after "it" or "the run". */
export function resultText(result: RunResult): string {
  switch (result) {
    case 'succeeded':
    case 'failed':
    case 'crashed':
      return result;
    case 'timed-out':
      return 'took too long';
    case 'cancelled':
    case 'interrupted':
      return `was ${result}`;
    case 'lost':
      return 'was lost with its host';
  }
}

/** How long ago, in one unit. @example ago(new Date(Date.now() - 65_000)) === '1 min ago' */
export function ago(moment: Date | null, now = Date.now()): string {
  if (!moment) return 'never';
  const seconds = Math.max(0, Math.round((now - moment.getTime()) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
