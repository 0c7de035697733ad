/** Free ports on loopback. */
import { createServer } from 'node:net';

/**
 * The preferred port if it is free, else any free one. Free now, that is: who listens on it next may
 * still find it taken and must ask again.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const kept = await tryPort(preferred);
    if (kept !== undefined) return kept;
  }
  const any = await tryPort(0);
  if (any === undefined) throw new Error('no port is free on 127.0.0.1');
  return any;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      const found = typeof address === 'object' && address !== null ? address.port : undefined;
      probe.close(() => resolve(found));
    });
  });
}
