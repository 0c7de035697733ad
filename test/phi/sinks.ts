// Everything that leaves a host: each sink as the bytes that are in it. What its page shows is in page.ts.

import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import type { Finished } from '../support/project.ts';
import type { Collector } from '../telemetry/collector.ts';

export const SINKS = [
  'standard output',
  'standard error',
  'OTLP traces',
  'OTLP metrics',
  'OTLP logs',
  'Event API',
  'run store',
  'queue',
  'page',
  'Prometheus',
  'output of commands',
  'log files',
  'temporary files',
  'other files',
] as const;

export type Sink = (typeof SINKS)[number];

export interface Evidence {
  readonly sink: Sink;
  /** Where in it: a table, a file, a command. */
  readonly where: string;
  readonly bytes: Buffer;
}

export function evidence(sink: Sink, where: string, content: string | Buffer): Evidence {
  return { sink, where, bytes: typeof content === 'string' ? Buffer.from(content) : content };
}

export function outputOf({ stdout, stderr }: Finished): Evidence[] {
  return [evidence('standard output', 'host', stdout), evidence('standard error', 'host', stderr)];
}

/** What a command printed, whichever way. */
export function commandOutput(command: string, { stdout, stderr }: Finished): Evidence[] {
  return [
    evidence('output of commands', `${command}, stdout`, stdout),
    evidence('output of commands', `${command}, stderr`, stderr),
  ];
}

/** Requests as they came, headers and all; bodies as bytes and as the schema reads them. */
export function received(collector: Collector): Evidence[] {
  const wire = collector.requests.flatMap(({ path: url, headers, body }) => [
    evidence(sinkOf(url), `${url}, headers`, JSON.stringify(headers)),
    evidence(sinkOf(url), `${url}, body`, body),
  ]);
  return [
    ...wire,
    evidence('OTLP traces', 'decoded', JSON.stringify(collector.spans)),
    evidence('OTLP metrics', 'decoded', JSON.stringify(collector.points)),
    evidence('OTLP logs', 'decoded', JSON.stringify(collector.logs)),
    evidence('Event API', 'decoded', JSON.stringify(collector.events)),
  ];
}

function sinkOf(url: string): Sink {
  switch (url) {
    case '/v1/traces':
      return 'OTLP traces';
    case '/v1/metrics':
      return 'OTLP metrics';
    case '/v1/logs':
      return 'OTLP logs';
    default:
      return 'Event API';
  }
}

/** All rows of all tables of a schema, as text. */
export async function tablesOf(
  sink: Sink,
  schema: string,
  pool: Pick<pg.Pool, 'query'>,
  except: readonly string[] = [],
): Promise<Evidence[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = $1::regnamespace and relkind in ('r', 'p') and not relispartition
      order by relname`,
    [schema],
  );
  const found: Evidence[] = [];
  for (const { name } of tables) {
    if (except.includes(name)) continue;
    const { rows } = await pool.query<{ row: string }>(
      `select each::text as row from ${schema}.${name} as each`,
    );
    found.push(evidence(sink, `${schema}.${name}`, rows.map(({ row }) => row).join('\n')));
  }
  return found;
}

/** Files below a folder, crash reports among them: their names and what is in them. */
export async function filesBelow(
  folder: string,
  isLeftOut: (file: string) => boolean = () => false,
): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const file of await readdir(folder, { recursive: true })) {
    if (isLeftOut(file)) continue;
    const whole = path.join(folder, file);
    const sink = sinkOfFile(file);
    found.push(evidence(sink, `name of ${file}`, file));
    const isFile = await lstat(whole).then(
      (stat) => stat.isFile(),
      () => false,
    );
    if (isFile) found.push(evidence(sink, file, await readFile(whole)));
  }
  return found;
}

function sinkOfFile(file: string): Sink {
  if (file.endsWith('.log')) return 'log files';
  return /^tmp\b/.test(file) ? 'temporary files' : 'other files';
}
