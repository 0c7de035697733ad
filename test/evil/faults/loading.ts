// Plugins that cannot be loaded in a job's process, though they could when they were built.

import { crashed, failed, fault, SUCCEEDED } from './fault.ts';

export const LOADING = [
  fault('throws-at-import', 'throws while it is loaded', failed('BFD_PLUGIN_IMPORT'), '', {
    module: "if (isJob) throw new Error('at import');",
    cannotWork: true,
    isQuick: true,
  }),
  fault(
    'throws-unheard-at-import',
    'leaves an error unheard while it is loaded',
    crashed('BFD_JOB_THREW'),
    '',
    {
      module:
        "if (isJob) { queueMicrotask(() => { throw new Error('unheard'); }); await new Promise(() => {}); }",
      cannotWork: true,
    },
  ),
  fault('hangs-at-import', 'never ends loading', crashed('BFD_JOB_START'), '', {
    module: 'if (isJob) await new Promise(() => {});',
    cannotWork: true,
  }),
  fault('loops-at-import', 'loops while it is loaded', crashed('BFD_JOB_START'), '', {
    module: 'if (isJob) for (;;);',
    cannotWork: true,
  }),
  fault('exits-at-import', 'ends its process while it is loaded', crashed('BFD_JOB_EXITED'), '', {
    module: 'if (isJob) process.exit(0);',
    cannotWork: true,
  }),
  fault('exports-nothing', 'exports no plugin', failed('BFD_PLUGIN_EXPORT'), '', {
    exported: 'isJob ? { jobs: [] } : plugin',
    cannotWork: true,
  }),
  fault('is-huge', 'is a bundle of 16 MB', SUCCEEDED, 'if (ballast.length < 1000) return;', {
    module: `const ballast = '${'ballast '.repeat(2_000_000)}';`,
  }),
  fault('grows-at-import', 'fills its heap while it is loaded', crashed('BFD_JOB_MEMORY'), '', {
    module: 'if (isJob) { const kept = []; for (;;) kept.push({ n: kept.length }); }',
    plugin: { memoryMb: 48, rssMb: 320 },
    cannotWork: true,
  }),
  fault(
    'throws-in-constructor',
    'throws in the constructor of its job',
    failed('BFD_JOB_CONSTRUCTOR'),
    '',
    { construct: "throw new Error('in the constructor');", cannotWork: true },
  ),
];
