/**
 * Claims and events that Synthea dates ahead of the day: they may be held back in data sets of their own, dated when
 * they would have arrived, which the load leaves alone until then.
 */

import type { Row } from '../rif/rows.ts';
import { timeOf } from '../rif/values.ts';
import type { Watcher } from '../rules/rule.ts';

const DAY_MS = 86_400_000;

/** The data set a row belongs to: that of the day, or the date (`2026-03-18`) of one in the future. */
export type Part = string;

export const OF_TODAY: Part = 'today';

/**
 * The part of a row: rows up to today stay; those of a later day come on the Wednesday 10 to 16 days after it, the
 * way weekly deliveries do.
 *
 * @param today - milliseconds at the beginning of the day, in UTC
 * @see split-future-claims.py of CMSgov/beneficiary-fhir-data
 */
export function partOf(row: Row, today: number): Part {
  const { type } = row.file;
  if (type === 'BENEFICIARY' || type === 'BENEFICIARY_HISTORY') return OF_TODAY;
  const time = timeOf(row.get(type === 'PDE' ? 'PD_DT' : 'NCH_WKLY_PROC_DT'));
  if (Number.isNaN(time) || time <= today) return OF_TODAY;
  const weekday = (new Date(time).getUTCDay() + 6) % 7; // from Monday
  return new Date(time + (14 + 2 - weekday) * DAY_MS).toISOString().slice(0, 10);
}

/** Watches which parts each file has. */
export class Parts implements Watcher {
  private readonly today: number | undefined;
  private readonly ofFile = new Map<string, Set<Part>>();

  /** @param today - as for {@link partOf}; nothing is held back without it */
  constructor(today: number | undefined) {
    this.today = today;
  }

  file({ name }: { readonly name: string }): void {
    this.ofFile.set(name, new Set());
  }

  row(row: Row): void {
    const part = this.today === undefined ? OF_TODAY : partOf(row, this.today);
    this.ofFile.get(row.file.name)?.add(part);
  }

  /** The parts of a file; that of today if it has no rows. */
  of(name: string): readonly Part[] {
    const parts = this.ofFile.get(name);
    return parts === undefined || parts.size === 0 ? [OF_TODAY] : [...parts];
  }

  /** All of them, that of today last: its data set is the one the load begins with. */
  all(): readonly Part[] {
    const parts = new Set([...this.ofFile.values()].flatMap((ofFile) => [...ofFile]));
    return [...[...parts].filter((part) => part !== OF_TODAY).sort(), OF_TODAY];
  }
}
