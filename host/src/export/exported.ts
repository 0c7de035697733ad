// What an export is asked for, and what comes of it.

import type { Problem } from '../errors.ts';
import { HOST_VERSION } from '../version.ts';

export interface ExportOptions {
  /** Container image with host, plugins and configuration. */
  readonly image: string;
  /** How long a run waits for its gates before it gives up with exit code 3, in milliseconds. */
  readonly waitForMs: number;
  /** Cores that a run asks for. */
  readonly cpu: number;
  /** Cron expressions by job, in place of schedules that the target cannot express. */
  readonly schedules: Readonly<Record<string, string>>;
  /** How a task calls the command line, where there is no container. */
  readonly command: string;
}

export const USUAL_OPTIONS: ExportOptions = {
  image: `bfd-host:${HOST_VERSION}`,
  waitForMs: 15 * 60_000,
  cpu: 0.5,
  schedules: {},
  command: 'bfd-host',
};

/** A file of an export. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

export interface Exported {
  readonly files: readonly ExportedFile[];
  /** Mistakes and what cannot be expressed: nothing is written. */
  readonly problems: readonly Problem[];
  /** What an operator must know or do. */
  readonly notices: readonly Problem[];
}
