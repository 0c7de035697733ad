// npm run bench -- NAME [--json] [ONE OF ITS CASES ...]

import { parseArgs } from 'node:util';

export interface BenchOutcome {
  /** What `--json` prints. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What people read. */
  readonly lines: readonly string[];
  /** `false` makes the exit code 1. */
  readonly isPassed: boolean;
}

/** @param only - cases to run; all if empty */
type Bench = (only: readonly string[]) => Promise<BenchOutcome>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  dispatch: async () => (await import('./dispatch.ts')).benchDispatch,
  'fan-out': async () => (await import('./fan-out.ts')).benchFanOut,
  fixups: async () => (await import('./fixups.ts')).benchFixups,
  isolation: async () => (await import('./isolation.ts')).benchIsolation,
  page: async () => (await import('./page.ts')).benchPage,
  scale: async () => (await import('./scale.ts')).benchScale,
  synthetic: async () => (await import('./synthetic.ts')).benchSynthetic,
  telemetry: async () => (await import('./telemetry.ts')).benchTelemetry,
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [name = '', ...only] = positionals;
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load) {
  const { data, lines, isPassed } = await (await load())(only);
  process.stdout.write(
    values.json ? `${JSON.stringify(data, undefined, 2)}\n` : `${lines.join('\n')}\n`,
  );
  process.exitCode = isPassed ? 0 : 1;
} else {
  process.stderr.write(
    `There is no bench "${name}". There are: ${Object.keys(BENCHES).join(', ')}.\n`,
  );
  process.exitCode = 2;
}
