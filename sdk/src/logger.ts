import type { Constant, SafeFields } from './safe.ts';

/**
 * The log of one job. A line is a constant message and fields; both are checked again when they leave the
 * process, where a message that is not a literal of the plugin's bundle is withheld.
 *
 * `debug`: nothing to do. `info`: work. `warn`: carried on, degraded. `error`: a person should look.
 *
 * @example
 * log.info('data set loaded', { files: 3, rows: 48_210 });
 */
export interface Logger {
  debug<T extends string>(message: Constant<T>, fields?: SafeFields): void;
  info<T extends string>(message: Constant<T>, fields?: SafeFields): void;
  warn<T extends string>(message: Constant<T>, fields?: SafeFields): void;
  error<T extends string>(message: Constant<T>, fields?: SafeFields): void;
}
