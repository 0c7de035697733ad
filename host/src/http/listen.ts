// Where the page listens: where it is told to, or at its usual port, or at the next one that is free.

import type { FastifyInstance } from 'fastify';
import type { PageSetting } from '../config/host-config.ts';
import { PageUnavailableError } from './page-error.ts';

const USUAL_PORT = 4780;
const TRIED_PORTS = 20;

/** Listens, and tells the address for a browser. @throws {@link PageUnavailableError} */
export async function listen(server: FastifyInstance, setting: PageSetting): Promise<string> {
  const { host, port, tls } = setting;
  const usual = Array.from({ length: TRIED_PORTS }, (_, index) => USUAL_PORT + index);
  // Of several hosts on one machine the first has the usual one.
  const ports = port === undefined ? [...usual, 0] : [port];
  for (const [index, tried] of ports.entries()) {
    try {
      await server.listen({ host, port: tried });
      break;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      if (code === 'EADDRINUSE' && index < ports.length - 1) continue;
      throw unavailable(host, tried, code);
    }
  }
  const address = server.server.address();
  const used = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = ANY.has(host) ? (setting.names[0] ?? 'localhost') : host;
  return `http${tls ? 's' : ''}://${shown.includes(':') ? `[${shown}]` : shown}:${used}/`;
}

/** Addresses that stand for all of a machine. */
const ANY = new Set(['0.0.0.0', '::']);

function unavailable(host: string, port: number, code: string): PageUnavailableError {
  const where = `${host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new PageUnavailableError(
        where,
        'is in use',
        'Give "http": { "port": … } another port in host.config.json, or leave it out to take a free one.',
      );
    case 'EACCES':
      return new PageUnavailableError(
        where,
        'may not be listened at by this user',
        'Give "http": { "port": … } a port from 1024.',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new PageUnavailableError(
        where,
        'is no address of this machine',
        'Correct "http": { "host": … } in host.config.json.',
      );
    default:
      return new PageUnavailableError(
        where,
        `cannot be listened at (${code})`,
        'Look at the machine.',
      );
  }
}
