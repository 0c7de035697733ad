// Runs that end in the wrong way: they throw what nobody expects, where nobody catches, or return what is no outcome.

import { crashed, failed, fault, SUCCEEDED } from './fault.ts';

const THREW = failed('BFD_JOB_THREW');
const THREW_UNCAUGHT = crashed('BFD_JOB_THREW');

export const THROWING = [
  fault('throws', 'throws', THREW, "throw new TypeError('on purpose');"),
  fault('throws-later', 'throws after an await', THREW, "await delay(5); throw new Error('late');"),
  fault(
    'throws-in-timer',
    'throws in a timer',
    THREW_UNCAUGHT,
    "setTimeout(() => { throw new Error('in a timer'); }, 5); await delay(60_000);",
  ),
  fault(
    'throws-in-handler',
    'throws in an event handler',
    THREW_UNCAUGHT,
    `const emitter = new EventEmitter();
     emitter.on('data', () => { throw new Error('in a handler'); });
     setImmediate(() => emitter.emit('data'));
     await delay(60_000);`,
    { module: "import { EventEmitter } from 'node:events';" },
  ),
  fault('throws-a-string', 'throws a string', THREW, "throw 'no Error at all';"),
  fault('throws-nothing', 'throws undefined', THREW, 'throw undefined;'),
  fault(
    'throws-biting-error',
    'throws an Error whose getters throw',
    THREW,
    `const error = new Error('x');
     for (const key of ['message', 'stack', 'name', 'code', 'cause', 'toString', 'toJSON']) {
       Object.defineProperty(error, key, { get: () => { throw new Error('bitten'); } });
     }
     throw error;`,
    { isQuick: true },
  ),
  fault(
    'throws-a-proxy',
    'throws a Proxy each of whose traps throws',
    THREW,
    `const bite = () => { throw new Error('bitten'); };
     throw new Proxy(new Error('x'), {
       get: bite, has: bite, ownKeys: bite, getPrototypeOf: bite, getOwnPropertyDescriptor: bite,
     });`,
  ),
  fault(
    'throws-endless-cause',
    'throws an Error that is its own cause',
    THREW,
    "const error = new Error('x'); error.cause = error; error.errors = [error]; throw error;",
  ),
  fault(
    'overflows-stack',
    'calls itself without end',
    THREW,
    'const again = (n) => again(n + 1) + 1; again(0);',
  ),
  fault(
    'rejects-unheard',
    'leaves a rejection that nobody handles',
    THREW_UNCAUGHT,
    "void Promise.reject(new RangeError('unheard')); await delay(60_000);",
    { isQuick: true },
  ),
  fault(
    'rejects-null',
    'leaves a rejection with null',
    THREW_UNCAUGHT,
    'void Promise.reject(null); await delay(60_000);',
  ),
  fault(
    'settles-twice',
    'returns a thenable that settles three times',
    SUCCEEDED,
    `return { then(resolve, reject) { resolve(done); resolve(done); reject(new Error('third')); } };`,
  ),
  fault(
    'returns-garbage',
    'returns what is no outcome',
    failed('BFD_JOB_OUTCOME'),
    "return { kind: 'all-fine', rows: () => 1 };",
    { isQuick: true },
  ),
  fault(
    'returns-biting-proxy',
    'returns a Proxy whose traps throw',
    failed('BFD_JOB_OUTCOME'),
    `const bite = () => { throw new Error('bitten'); };
     return new Proxy({}, { get: (_, key) => key === 'then' ? undefined : bite(), ownKeys: bite, has: bite });`,
  ),
  fault(
    'returns-too-much',
    'returns a hundred thousand counts of made-up names',
    SUCCEEDED,
    "return workDone({ counts: Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => ['count' + n, n])) });",
  ),
  fault(
    'tells-garbage',
    'tells of progress that is no progress',
    SUCCEEDED,
    `const bite = { get done() { throw new Error('bitten'); }, unit: 'rows' };
     for (const told of [undefined, { done: NaN, unit: 1 }, { done: -1e300, total: 'x', unit: 'rows' }, bite]) {
       try { ctx.progress(told); } catch {}
     }`,
  ),
  fault(
    'throws-after-end',
    'throws when its run is long over',
    SUCCEEDED,
    "setTimeout(() => { throw new Error('after the end'); }, 150).unref();",
  ),
];
