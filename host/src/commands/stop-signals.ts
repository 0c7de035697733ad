// The signals by which people and systems end a command that runs on.

/** SIGHUP: the terminal was closed. Whoever died of that would leave the embedded services running. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first of them. From then on Ctrl-C or SIGTERM end the process at once, and a closed terminal does nothing. */
export function firstStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const first = () => {
      for (const signal of STOP_SIGNALS) process.off(signal, first);
      process.on('SIGHUP', () => {});
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => process.exit(130));
      resolve();
    };
    for (const signal of STOP_SIGNALS) process.on(signal, first);
  });
}
