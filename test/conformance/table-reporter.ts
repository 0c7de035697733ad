// Prints what was executed and what was validated, target by behaviour.

import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases: TestCase[] = modules.flatMap(({ children }) => [...children.allTests()]);
    const rows = cases.flatMap((test) => {
      const { conformance } = test.meta();
      if (!conformance) return [];
      const { target, behaviour, how } = conformance;
      const tookMs = Math.round(test.diagnostic()?.duration ?? 0);
      return [[target, behaviour, how, test.result().state, `${tookMs} ms`]];
    });
    if (rows.length === 0) return;
    const all = [['TARGET', 'BEHAVIOUR', 'HOW', 'RESULT', 'TOOK'], ...rows.sort(byTarget)];
    const widths = [0, 1, 2, 3].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
    const lines = all.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
    process.stdout.write(`\n${lines.map((line) => line.trimEnd()).join('\n')}\n\n`);
  }
}

function byTarget([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
