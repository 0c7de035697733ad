import type { Standing } from '../gate/standing.ts';
import type { RunResult } from '../runs/run-store.ts';
import type { Cell, Tone } from './output.ts';

/** A result or state, in the colour that the page gives it, too. */
export function stateCell(state: Standing | RunResult | '-', text: string = state): Cell {
  const tone = toneOf(state);
  return tone ? { text, tone } : { text };
}

function toneOf(state: Standing | RunResult | '-'): Tone | undefined {
  switch (state) {
    case 'ready':
    case 'succeeded':
      return 'good';
    case 'running':
      return 'busy';
    case 'waiting':
    case 'paused':
    case 'lost':
    case 'interrupted':
    case 'cancelled':
      return 'warn';
    case 'refused':
    case 'quarantined':
    case 'failed':
    case 'crashed':
    case 'timed-out':
      return 'bad';
    case 'disabled':
      return 'quiet';
    case '-':
      return undefined;
  }
}
