import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ItemContext,
  inject,
  Job,
  JobError,
  type Json,
  LOGGER,
  type Logger,
  nothingToDo,
  type Outcome,
  PermanentError,
  type RunContext,
  type Runnable,
  safe,
  workDone,
} from '@bfd-host/sdk';
import { asked } from './asked.ts';

/** Stands for what a row holds and nobody else may see. */
const canary = () => ['CANARY', String(Math.floor(1e9)), 'SMITH'].join('-');

type Act = (fault: Fault, ctx: RunContext) => Outcome | Promise<Outcome>;

let runsOfThisProcess = 0;

@Job({ name: 'fault', version: '1.0.0' })
export class Fault implements Runnable {
  constructor(@inject(LOGGER) readonly log: Logger) {}

  async run(ctx: RunContext): Promise<Outcome> {
    runsOfThisProcess++;
    const act = ACTS[asked(ctx)];
    if (!act) throw new PermanentError('FAULT_UNKNOWN', 'There is no such fault.');
    return act(this, ctx);
  }

  async forItem(item: Json, { index }: ItemContext): Promise<Json> {
    if (item === 'bad') throw new JobError('FAULT_ITEM', 'This item is bad.');
    if (item === 'large result') return 'x'.repeat(2000);
    return { index, item };
  }
}

const ACTS: Readonly<Record<string, Act>> = {
  work: () => workDone({ counts: { rows: 3, files: 1 }, version: '42' }),
  nothing: () => nothingToDo(),
  'count runs': () => workDone({ counts: { runs: runsOfThisProcess } }),
  'loop when it is over': () => {
    setTimeout(() => {
      for (;;);
    }, 20).unref();
    return nothingToDo();
  },
  'log and exit': ({ log }) => {
    log.info('one of many');
    process.exit(1);
  },
  'tell pid': () => workDone({ counts: { pid: process.pid } }),

  progress: async (_, ctx) => {
    for (let done = 0; done <= 1000; done++) {
      ctx.progress({ done, total: 1000, unit: 'rows', label: safe.file('claims/2011.csv') });
      if (done % 100 === 0) await delay(1);
    }
    return workDone();
  },
  log: ({ log }) => {
    log.info('a constant message', {
      rows: 3,
      table: safe.name('carrier_claims'),
      hidden: safe.name('123456789A'),
    });
    log.warn(canary() as 'typed as if it were a constant', { rows: 1 });
    log.info('a field with a value of a row', { rows: canary() as unknown as number });
    return nothingToDo();
  },
  'log text': ({ log }) => {
    log.warn(canary() as 'typed as if it were a constant');
    return nothingToDo();
  },
  'log field': ({ log }) => {
    log.info('a field with a value of a row', { rows: canary() as unknown as number });
    return nothingToDo();
  },
  'log long number': ({ log }) => {
    log.info('a number of a row', { claim: Math.floor(1e9) });
    return nothingToDo();
  },
  'log long count': ({ log }) => {
    log.info('large numbers that count', { rows: 40_000_000, waitMs: 600_000 });
    return nothingToDo();
  },
  'log field name': ({ log }) => {
    log.info('a field named after a row', { [canary()]: 1 });
    return nothingToDo();
  },
  'log flood': ({ log }) => {
    for (let line = 0; line < 5000; line++) log.debug('one of many', { rows: line });
    return nothingToDo();
  },
  items: async (_, ctx) => {
    const settled = await ctx.forEach([
      'a',
      'bad',
      'large result',
      { deep: [1, 2] },
      'x'.repeat(70_000),
    ]);
    return workDone({
      counts: {
        done: settled.done,
        failed: settled.failed.length,
        results: settled.results.length,
      },
    });
  },
  'fill temp folder': async (_, ctx) => {
    for (let file = 0; ; file++) {
      writeFileSync(path.join(ctx.tempFolder, `${file}`), Buffer.alloc(1 << 20));
      await delay(1);
    }
  },
  'temp file': (_, ctx) => {
    const file = path.join(ctx.tempFolder, 'left');
    try {
      readFileSync(file);
      return workDone({ counts: { found: 1 } });
    } catch {
      writeFileSync(file, 'left behind');
      return workDone({ counts: { found: 0 } });
    }
  },

  'throw TypeError': () => {
    throw new TypeError(`bad value ${canary()}`);
  },
  'throw a string': () => {
    throw canary();
  },
  'throw a proxy': () => {
    throw new Proxy(new Error(canary()), {
      get: () => {
        throw new Error(canary());
      },
      getOwnPropertyDescriptor: () => {
        throw new Error(canary());
      },
      getPrototypeOf: () => {
        throw new Error(canary());
      },
    });
  },
  'throw biting getters': () => {
    const error = new Error('x');
    for (const key of ['message', 'stack', 'name', 'code', 'cause', 'template']) {
      Object.defineProperty(error, key, {
        get: () => {
          throw new Error(canary());
        },
      });
    }
    throw error;
  },
  'throw own class': () => {
    throw new RowRefusedError(canary());
  },
  'throw JobError': () => {
    throw new JobError(
      'FAULT_LINE',
      '{file} has a bad date in line {line}, the value is {value}. Mend the file and upload it again.',
      {
        file: safe.file('2011/carrier-smithers.csv'),
        line: 17,
        value: canary() as unknown as number,
      },
      {
        places: [
          {
            code: 'FAULT_DATE',
            file: safe.file('carrier.csv'),
            line: 17,
            column: safe.name('CLM_FROM_DT'),
          },
        ],
        cause: new Error(canary()),
      },
    );
  },
  'throw PermanentError': () => {
    throw new PermanentError('FAULT_FOR_GOOD', 'This cannot be mended by trying again.');
  },
  'throw made-up text': () => {
    throw new JobError(`FAULT_${canary().replaceAll('-', '_')}`, `${canary()} is wrong` as 'x', {});
  },
  'throw system error': () => {
    readFileSync(path.join(process.cwd(), 'is-not-there'));
    return nothingToDo();
  },
  'throw lookalike': () => {
    throw Object.assign(new Error(canary()), {
      code: '23505',
      severity: 'ERROR',
      detail: canary(),
      table: 'carrier_claims',
      constraint: '1EG4TE5MK73',
    });
  },

  'reject later': async () => {
    void Promise.reject(new RangeError(canary()));
    await delay(5000);
    return nothingToDo();
  },
  'throw in a timer': async () => {
    setTimeout(() => {
      throw new JobError('FAULT_TIMER', 'A timer threw.');
    }, 5);
    await delay(5000);
    return nothingToDo();
  },
  exit: () => process.exit(3),
  abort: () => process.abort(),
  'kill itself': async () => {
    process.kill(process.pid, 'SIGSEGV');
    await delay(5000);
    return nothingToDo();
  },
  loop: (_, ctx) => {
    ctx.workStarts();
    return spinForever();
  },
  wait: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return nothingToDo();
  },
  'loop until the gate opens': () => {
    while (!existsSync(process.env['FAULT_GATE'] ?? ''));
    return workDone();
  },
  hang: (_, ctx) => {
    ctx.workStarts();
    return new Promise(() => {});
  },
  'heed abort': async (_, ctx) => {
    ctx.workStarts();
    await delay(60_000, undefined, { signal: ctx.signal });
    return nothingToDo();
  },
  'ignore abort': async (_, ctx) => {
    ctx.workStarts();
    await delay(60_000);
    return nothingToDo();
  },
  'end well after abort': async (_, ctx) => {
    ctx.workStarts();
    await delay(60_000, undefined, { signal: ctx.signal }).catch(() => {});
    return workDone({ counts: { rows: 1 } });
  },

  'garbage on the pipe': async () => {
    writeSync(3, 'this is no JSON\n');
    await delay(5000);
    return nothingToDo();
  },
  'huge message': async () => {
    sayRaw('x'.repeat(3_000_000));
    await delay(5000);
    return nothingToDo();
  },
  'forged log': async (_, ctx) => {
    sayRaw(
      `${JSON.stringify({ type: 'log', runId: ctx.runId, level: 'info', message: canary(), fields: [] })}\n`,
    );
    await delay(5000);
    return nothingToDo();
  },
  'another run': async () => {
    sayRaw(
      `${JSON.stringify({ type: 'work-starts', runId: 'b3b1a8f4-0000-4000-8000-000000000000' })}\n`,
    );
    await delay(5000);
    return nothingToDo();
  },
  'second end': (_, ctx) => {
    const outcome = { kind: 'nothing-to-do' };
    setTimeout(
      () =>
        sayRaw(`${JSON.stringify({ type: 'result', runId: ctx.runId, outcome, isIdle: false })}\n`),
      1,
    );
    sayRaw(`${JSON.stringify({ type: 'result', runId: ctx.runId, outcome, isIdle: false })}\n`);
    return new Promise(() => {});
  },
  'message flood': async (_, ctx) => {
    const line = `${JSON.stringify({ type: 'progress', runId: ctx.runId, done: 1, unit: 'items' })}\n`;
    for (let message = 0; message < 50_000; message++) sayRaw(line);
    await delay(5000);
    return nothingToDo();
  },
  'return garbage': () => ({ kind: 'all-fine', rows: canary() }) as unknown as Outcome,
  'return garbage counts': () => workDone({ counts: { rows: canary() as unknown as number } }),
  'return made-up counts': () => workDone({ counts: { [canary()]: 1, rows: 2 } }),

  'output flood': async () => {
    for (let piece = 0; piece < 200; piece++) {
      process.stdout.write('x'.repeat(65_536));
      await delay(0);
    }
    return nothingToDo();
  },
  console: () => {
    console.log(canary());
    console.error(canary());
    return nothingToDo();
  },
  'fill heap': () => {
    const kept: unknown[] = [];
    for (;;) kept.push({ text: `${kept.length}`, list: [1, 2, 3] });
  },
  'fill buffers': async () => {
    const kept: Buffer[] = [];
    for (;;) {
      kept.push(Buffer.alloc(8 << 20, 1));
      await delay(1);
    }
  },
  'read environment': () => workDone({ counts: { variables: Object.keys(process.env).length } }),
  'environment has secret': () =>
    workDone({ counts: { found: process.env['HOST_SECRET'] === undefined ? 0 : 1 } }),
  'pool threads': () =>
    workDone({ counts: { threads: Number(process.env['UV_THREADPOOL_SIZE']) } }),
  'read passwd': () => {
    readFileSync('/etc/passwd');
    return nothingToDo();
  },
  'write outside': () => {
    writeFileSync('/tmp/written-by-fault', 'x');
    return nothingToDo();
  },
  spawn: async () => {
    spawn('/bin/true');
    await delay(1000);
    return nothingToDo();
  },
  'leave grandchild': async () => {
    const child = spawn('/bin/sleep', ['300'], { detached: true, stdio: 'ignore' });
    child.unref();
    return workDone({ counts: { pid: child.pid ?? 0 } });
  },
  connect: async () => {
    await fetch('http://127.0.0.1:18080/');
    return nothingToDo();
  },
  'open sqlite': async () => {
    await import('node:sqlite');
    return nothingToDo();
  },
  'kill parent': () => {
    process.kill(process.ppid, 'SIGTERM');
    return nothingToDo();
  },
  'kill parent past process.kill': () => {
    const { _kill } = process as unknown as { _kill(target: number, signal: number): number };
    _kill(process.ppid, 15);
    return nothingToDo();
  },
  'patch globals': () => {
    JSON.stringify = () => canary();
    JSON.parse = () => canary();
    Date.now = () => 0;
    Object.defineProperty(Object.prototype, 'toJSON', {
      value: () => canary(),
      configurable: true,
    });
    Array.prototype.map = () => [];
    return workDone({ counts: { rows: 5 } });
  },
  'leave timer': () => {
    setInterval(() => {}, 1000);
    return workDone();
  },
};

class RowRefusedError extends Error {}

function spinForever(): never {
  for (let turns = 0; ; turns = (turns + 1) % 1000);
}

function sayRaw(text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(3, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
