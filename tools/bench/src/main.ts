// npm run bench -- NAME [--json] [--mb N] [--pairs N] [ONE OF ITS CASES ...]

import { parseArgs } from 'node:util';

export interface BenchOutcome {
  /** What `--json` prints. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What people read. */
  readonly lines: readonly string[];
  /** `false` makes the exit code 1. */
  readonly isPassed: boolean;
}

export interface BenchOptions {
  /** Size of the files, for benches of files; each has a default. */
  readonly megabytes?: number;
  /** How often each measurement is taken beside its yardstick. */
  readonly pairs?: number;
}

/** @param only - cases to run; all if empty */
type Bench = (only: readonly string[], options: BenchOptions) => Promise<BenchOutcome>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  dispatch: async () => (await import('./dispatch.ts')).benchDispatch,
  'fan-out': async () => (await import('./fan-out.ts')).benchFanOut,
  fixups: async () => (await import('./fixups.ts')).benchFixups,
  growth: async () => (await import('./growth.ts')).benchGrowth,
  isolation: async () => (await import('./isolation.ts')).benchIsolation,
  load: async () => (await import('./load.ts')).benchLoad,
  'load-types': async () => (await import('./load-types.ts')).benchLoadTypes,
  'load-updates': async () => (await import('./load-updates.ts')).benchLoadUpdates,
  memory: async () => (await import('./memory.ts')).benchMemory,
  page: async () => (await import('./page.ts')).benchPage,
  scale: async () => (await import('./scale.ts')).benchScale,
  synthetic: async () => (await import('./synthetic.ts')).benchSynthetic,
  telemetry: async () => (await import('./telemetry.ts')).benchTelemetry,
};

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    mb: { type: 'string' },
    pairs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [name = '', ...only] = positionals;
const names = Object.keys(BENCHES).join(', ');
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (values.help) {
  process.stdout.write(`npm run bench -- NAME [--json] [--mb N] [--pairs N] [CASE …]
NAME is one of ${names}; tools/bench/README.md says what each measures.
`);
} else if (load) {
  const { data, lines, isPassed } = await (await load())(only, {
    ...(values.mb !== undefined && { megabytes: Number(values.mb) }),
    ...(values.pairs !== undefined && { pairs: Number(values.pairs) }),
  });
  process.stdout.write(
    values.json ? `${JSON.stringify(data, undefined, 2)}\n` : `${lines.join('\n')}\n`,
  );
  process.exitCode = isPassed ? 0 : 1;
} else {
  process.stderr.write(`There is no bench "${name}". There are: ${names}.\n`);
  process.exitCode = 2;
}
