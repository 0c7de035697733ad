// Fires that led to no run, as unbroken stretches, each with the reason why nobody saw to them.

import type { Client } from '../database/database.ts';
import { NOTE_MISSED, WHO_WAS_THERE } from './fire-planner.sql.ts';

export type MissedReason =
  /** No host ran. */
  | 'host-down'
  /** A host ran and did not look: it was asleep, stopped or held up. */
  | 'host-stalled'
  /** A host looked and could not reach the database. */
  | 'database-unreachable'
  /** Hosts ran, none of which had the job: its plugin was missing or refused. */
  | 'job-not-loaded';

export interface MissedStretch {
  readonly id: string;
  readonly job: string;
  readonly first: Date;
  readonly last: Date;
  readonly fires: number;
  readonly reason: MissedReason;
}

export interface MissedFires {
  readonly job: string;
  readonly first: Date;
  readonly last: Date;
  readonly fires: number;
  readonly now: Date;
  /** The stretch that these fires prolong if they have the same reason. */
  readonly openId: string | null;
  /** When this host last looked; absent: not since it started. */
  readonly lookedAt: Date | undefined;
  /** Whether looks of this host have failed since. */
  readonly hasFailed: boolean;
}

export class MissedRecords {
  readonly #bootId: string;

  constructor(bootId: string) {
    this.#bootId = bootId;
  }

  /** Writes them down, and returns the stretch they are part of. */
  async note(client: Client, fires: MissedFires): Promise<MissedStretch> {
    const { job, first, last, now, openId } = fires;
    const { reason, downFrom } = await this.#reasonFor(client, fires);
    const { rows } = await client.query<StretchRow>(NOTE_MISSED, [
      openId,
      job,
      first,
      last,
      fires.fires,
      reason,
      downFrom,
      now,
      this.#bootId,
    ]);
    const [row] = rows;
    if (!row) throw new Error('a missed stretch was neither prolonged nor begun');
    return { id: row.missed_id, job, first: row.first_fire_at, last, fires: row.fires, reason };
  }

  async #reasonFor(
    client: Client,
    { job, first, lookedAt, hasFailed }: MissedFires,
  ): Promise<{ reason: MissedReason; downFrom: Date | null }> {
    const { rows } = await client.query<WhoWasThere>(WHO_WAS_THERE, [this.#bootId, job, first]);
    const [there] = rows;
    if (!there?.host) return { reason: 'host-down', downFrom: there?.last_sign ?? null };
    if (!there.job) return { reason: 'job-not-loaded', downFrom: null };
    const downFrom = there.self ? (lookedAt ?? null) : null;
    return { reason: there.self && hasFailed ? 'database-unreachable' : 'host-stalled', downFrom };
  }
}

interface StretchRow {
  readonly missed_id: string;
  readonly first_fire_at: Date;
  readonly fires: number;
}

interface WhoWasThere {
  readonly host: boolean;
  readonly job: boolean;
  readonly self: boolean;
  readonly last_sign: Date | null;
}
