// Why a queued run may not start, as facts, and in words.

import type { RunResult } from '../runs/run-store.ts';
import { resultText } from '../telemetry/words.ts';

export type ClosedGate =
  | { readonly kind: 'paused'; readonly since: Date; readonly by: string }
  /** Its process died a moment ago. */
  | { readonly kind: 'crash-backoff'; readonly until: Date }
  /** Its process kept dying. */
  | { readonly kind: 'quarantined'; readonly since: Date; readonly until: Date }
  | { readonly kind: 'dependency-running'; readonly dependency: string }
  | { readonly kind: 'dependency-queued'; readonly dependency: string }
  | { readonly kind: 'dependency-never-ran'; readonly dependency: string }
  | {
      readonly kind: 'dependency-failed';
      readonly dependency: string;
      readonly result: RunResult;
      readonly errorCode: string | null;
    }
  | {
      readonly kind: 'dependency-version';
      readonly dependency: string;
      readonly found: string | null;
      readonly wanted: string;
    }
  | {
      readonly kind: 'dependency-too-old';
      readonly dependency: string;
      readonly finishedAt: Date;
      readonly maxAgeMs: number;
    }
  | {
      readonly kind: 'pool-full';
      readonly pool: string;
      readonly limit: number;
      /** The jobs that have its places. */
      readonly holders: readonly string[];
    };

/**
 * One clause for people.
 *
 * @example
 * closedGateText({ kind: 'dependency-version', dependency: 'schema', found: '41', wanted: '>=42' })
 * // 'schema is at version 41, and >=42 is needed'
 */
export function closedGateText(gate: ClosedGate): string {
  switch (gate.kind) {
    case 'paused':
      return `it is paused since ${gate.since.toISOString()} by ${gate.by}; \`bfd-host resume\` lets it run`;
    case 'crash-backoff':
      return `its process died; it is started again at ${gate.until.toISOString()}`;
    case 'quarantined':
      return `it is quarantined for crashing; it is tried again at ${gate.until.toISOString()}, or after \`bfd-host release\``;
    case 'dependency-running':
      return `${gate.dependency} is running`;
    case 'dependency-queued':
      return `${gate.dependency} is queued`;
    case 'dependency-never-ran':
      return `${gate.dependency} has not run yet`;
    case 'dependency-failed':
      return `the last run of ${gate.dependency} ${resultText(gate.result)}${gate.errorCode === null ? '' : ` (${gate.errorCode})`}`;
    case 'dependency-version':
      return `${gate.dependency} is at version ${gate.found ?? '(none)'}, and ${gate.wanted} is needed`;
    case 'dependency-too-old':
      return `the last run of ${gate.dependency} is older than ${Math.round(gate.maxAgeMs / 1000)} s`;
    case 'pool-full':
      return `its pool ${gate.pool} is full: ${gate.holders.join(', ')}`;
  }
}
