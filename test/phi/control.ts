// The control: errors of plain `pg`, told as they are, to the same sinks by the same ways. Whatever the search finds
// nothing of in a host, it must find here.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { JsonLines } from '../../host/src/telemetry/json-lines.ts';
import { Telemetry } from '../../host/src/telemetry/telemetry.ts';
import { type Finished, Project } from '../support/project.ts';
import { Collector } from '../telemetry/collector.ts';
import { everythingOn } from './page.ts';
import { type Canary, canariesOf, type Person, person } from './people.ts';
import {
  commandOutput,
  type Evidence,
  evidence,
  filesBelow,
  outputOf,
  received,
  tablesOf,
} from './sinks.ts';

export interface Control {
  readonly canaries: readonly Canary[];
  readonly evidence: readonly Evidence[];
}

export async function playCarelessly(): Promise<Control> {
  await using collector = await Collector.start();
  await using project = await Project.make();
  const { pool, url } = project.database;
  const whose = person(0);
  await pool.query(await readFile(path.join(import.meta.dirname, 'schema.sql'), 'utf8'));
  await pool.query(
    'insert into phi.member select * from jsonb_populate_record(null::phi.member, $1)',
    [JSON.stringify(whose)],
  );
  await project.command('migrate');
  const printed = await careless(url, project.folder, whose);
  const error = await refused(pool, whose);
  const metrics = await tell(collector, error);
  await record(pool, url, error);
  const host = project.start();
  const { page } = await host.waitFor({ event: 'host.started' });
  const shown = await everythingOn(String(page), []);
  await host.stop();
  return {
    canaries: canariesOf('a careless job', whose),
    evidence: [
      ...outputOf(printed),
      ...received(collector),
      ...(await tablesOf('run store', 'bfd_host', pool)),
      ...(await tablesOf('queue', 'pgboss', pool)),
      ...shown,
      evidence('Prometheus', 'metrics', metrics),
      ...commandOutput('runs --json', await project.command('runs', '--json')),
      ...(await filesBelow(project.folder)),
    ],
  };
}

function careless(url: string, folder: string, { mbi, surname }: Person): Promise<Finished> {
  const script = path.join(import.meta.dirname, 'careless-job.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, url, folder, mbi, surname], (error, stdout, stderr) => {
      resolve({ exitCode: error ? 1 : 0, stdout, stderr });
    });
  });
}

async function refused(pool: pg.Pool, { mbi }: Person): Promise<pg.DatabaseError> {
  try {
    await pool.query('select phi.refuse($1)', [mbi]);
  } catch (error) {
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  }
  throw new Error('the database did not refuse');
}

/** Tells an error to all collectors, with all it says. Returns what a scraper gets. */
async function tell(collector: Collector, { message, detail }: pg.DatabaseError): Promise<string> {
  await using telemetry = new Telemetry({
    config: {
      otlp: { endpoint: collector.url, headers: {} },
      newRelicEvents: { accountId: '42', licenseKey: 'a-key', endpoint: collector.url },
    },
    env: {},
    bootId: randomUUID(),
    output: new JsonLines(new Writable({ write: (_chunk, _encoding, done) => done() })),
  });
  const runId = randomUUID();
  const span = telemetry.tracing.startRun('a-careless-job', {
    runId,
    attempt: 1,
    trigger: { kind: 'manual' },
  });
  span.add([
    {
      traceId: span.traceId,
      spanId: '0123456789abcdef',
      name: 'SELECT',
      kind: 2,
      startUnixMs: Date.now(),
      endUnixMs: Date.now(),
      isError: true,
      attributes: { 'exception.message': message, 'exception.stacktrace': `${detail}` },
    },
  ]);
  span.show();
  const problem = {
    code: message,
    message: `${message} ${detail}`,
    places: [],
    isPermanent: false,
  };
  span.end({ result: 'failed', counts: {}, error: problem });
  telemetry.events.emit({
    event: 'run.finished',
    job: 'a-careless-job',
    runId,
    attempt: 1,
    trigger: 'manual',
    result: 'failed',
    durationMs: 1,
    counts: { [message]: 1 },
    errorCode: message,
    error: `${message} ${detail}`,
  });
  return telemetry.prometheus();
}

/** Writes an error down in the run store and fails a queued job with it, as pg-boss does with what a worker throws. */
async function record(pool: pg.Pool, url: string, error: pg.DatabaseError): Promise<void> {
  await pool.query(
    `insert into bfd_host.run (run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, boot_id, epoch, started_at,
       finished_at, result, error_code, error)
     values (gen_random_uuid(), 1, 'a-careless-job', '1', 'careless', '1', 'manual', gen_random_uuid(), 1, now(), now(),
       'failed', $1, $2)`,
    [error.code, `${error.message} ${error.detail}`],
  );
  const boss = new PgBoss({
    connectionString: url,
    schema: 'pgboss',
    supervise: false,
    schedule: false,
  });
  await boss.start();
  try {
    await boss.createQueue('careless');
    await boss.send('careless', { rows: 1 });
    const [job] = await boss.fetch('careless');
    if (job) await boss.fail('careless', job.id, error);
  } finally {
    await boss.stop({ graceful: false });
  }
}
