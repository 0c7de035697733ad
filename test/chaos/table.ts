// The table at the end of the suite.

import type { Outcome } from './outlive.ts';

const HEAD = ['after …', 'recovery', 'lost', 'doubled', 'fires', 'missed', 'runs before → after'];

/** @param outcomes - by scenario; a text says why there is none */
export function table(outcomes: ReadonlyMap<string, Outcome | string>): string {
  const rows = [HEAD, ...[...outcomes].map(([name, outcome]) => [name, ...cells(outcome)])];
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map(
    (row) =>
      `| ${HEAD.map((_, column) => (row[column] ?? '').padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

function cells(outcome: Outcome | string): string[] {
  if (typeof outcome === 'string') return [`not here: ${outcome}`];
  const { recoverySeconds, lost, doubled, fires, missed, before, after } = outcome;
  return [
    `${recoverySeconds.toFixed(1)} s`,
    String(lost),
    String(doubled),
    String(fires),
    String(missed),
    `${before} → ${after}`,
  ];
}
