// The jobs of the list, built by the real builder.

const WAITS_TO_BE_TOLD = `
  ctx.workStarts();
  ctx.signal.throwIfAborted();
  await new Promise((resolve, reject) => {
    ctx.signal.addEventListener('abort', () => reject(new Error('told to stop')));
    setTimeout(resolve, 600_000);
  });
  return workDone();`;

/** The first time it waits to be interfered with; the next time it is done. */
const GOES_ON = `
  if (await ctx.checkpoint('begun')) return workDone({ counts: { rows: 1 } });
  await ctx.checkpoint('begun', true);
  ${WAITS_TO_BE_TOLD}`;

const TWENTY_ITEMS = `
  const items = Array.from({ length: 20 }, (_, index) => index);
  const settled = await ctx.forEach(items);
  return workDone({ counts: { items: settled.done } });`;

const RETRIED_ONCE = 'retries: { limit: 1, delayMs: 100 }';

export const BEHAVIOURS_PLUGIN = `
  import { DB_POOL, definePlugin, inject, Job, JobError, nothingToDo, PermanentError, workDone } from '@bfd-host/sdk';

  ${job('Succeeds', 'succeeds', '', 'return workDone({ counts: { rows: 3 } });')}
  ${job('FindsNothing', 'finds-nothing', '', 'return nothingToDo();')}
  ${job('Fails', 'fails', '', "throw new JobError('CONFORMANCE_FAILED', 'It failed.');")}
  ${job(
    'Recovers',
    'recovers',
    RETRIED_ONCE,
    `if (ctx.attempt === 1) throw new JobError('CONFORMANCE_FAILED', 'It failed.');
     return workDone({ counts: { rows: 1 } });`,
  )}
  ${job('KeepsFailing', 'keeps-failing', RETRIED_ONCE, "throw new JobError('CONFORMANCE_FAILED', 'It failed.');")}
  ${job(
    'FailsForGood',
    'fails-for-good',
    RETRIED_ONCE,
    "throw new PermanentError('CONFORMANCE_FOR_GOOD', 'It failed for good.');",
  )}
  ${job(
    'CrashesOnce',
    'crashes-once',
    RETRIED_ONCE,
    'ctx.workStarts(); if (ctx.attempt === 1) process.exit(9); return workDone({ counts: { rows: 1 } });',
  )}
  ${job('TakesTooLong', 'takes-too-long', 'timeout: { softMs: 300, hardMs: 20_000 }', WAITS_TO_BE_TOLD)}
  ${job('IsCancelled', 'is-cancelled', RETRIED_ONCE, GOES_ON)}
  ${job('IsStopped', 'is-stopped', '', GOES_ON)}
  ${job('IsDrained', 'is-drained', RETRIED_ONCE, GOES_ON)}
  ${job('IsKilled', 'is-killed', RETRIED_ONCE, GOES_ON)}
  ${job('At41', 'at-41', '', "return workDone({ version: '41' });")}
  ${job('Needs42', 'needs-42', "dependsOn: [{ job: 'at-41', version: '>=42' }]", 'return workDone();')}
  ${job('FansOut', 'fans-out', '', TWENTY_ITEMS, 'async forItem() {}')}
  ${job('FansOutFar', 'fans-out-far', '', TWENTY_ITEMS, 'async forItem() {}')}
  ${job('ComesFirst', 'comes-first', '', 'return workDone({ counts: { rows: 1 } });')}
  ${job('ComesAfter', 'comes-after', "dependsOn: [{ job: 'comes-first' }]", 'return workDone({ counts: { rows: 1 } });')}

  export default definePlugin({ jobs: [
    Succeeds, FindsNothing, Fails, Recovers, KeepsFailing, FailsForGood, CrashesOnce, TakesTooLong, IsCancelled,
    IsStopped, IsDrained, IsKilled, At41, Needs42, FansOut, FansOutFar, ComesFirst, ComesAfter,
  ] });
`;

function job(className: string, name: string, declared: string, body: string, more = ''): string {
  return `
  @Job({ name: '${name}', version: '1.0.0', ${declared} })
  class ${className} {
    constructor(@inject(DB_POOL) db) { this.db = db; }
    async run(ctx) { ${body} }
    ${more}
  }`;
}
