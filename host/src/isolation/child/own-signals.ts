// A job may signal itself and nobody else: where it has the host's user id, only this keeps it from ending the host by
// a wrong pid. Node's permissions do not cover signals. One that was granted programs may end them, and so may signal.

interface SignallingProcess {
  _kill(target: number, signal: number): number;
  _debugProcess?: unknown;
}

/** To be called before any code of a plugin. */
export function keepSignalsToItself(): void {
  if (process.permission === undefined || process.permission.has('child')) return;
  const { pid } = process;
  // What process.kill calls; it finds out itself what is a pid. There is no other way to a signal from JavaScript.
  const inner = process as unknown as SignallingProcess;
  const kill = inner._kill;
  fix('_kill', (target: unknown, signal: number): number => {
    const number = Number(target) | 0; // once: an object could answer differently a second time
    if (number !== pid && number !== -pid && number !== 0) refuse();
    return kill(number, signal);
  });
  fix('_debugProcess', refuse);
}

function fix(name: keyof SignallingProcess, value: unknown): void {
  Object.defineProperty(process, name, { value, writable: false, configurable: false });
}

// As Node refuses what its permissions cover.
function refuse(): never {
  throw Object.assign(new Error('Access to this API has been restricted'), {
    code: 'ERR_ACCESS_DENIED',
    permission: 'ChildProcess',
  });
}
