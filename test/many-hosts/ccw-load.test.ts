// The load of a data set whose types go to all hosts: it ends as one that a single process did, whatever becomes of a host or
// of a file.

import { RIF_LAYOUTS } from '@bfd-host/rif';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendMadeDataSet } from '../chaos/made-data-set.ts';
import { emptyTables, tableDigests } from '../support/loaded-tables.ts';
import { Project, type ToldEvent } from '../support/project.ts';

const JOB = 'ccw-rif-load';
const BENEFICIARIES = 400;
/** Tables of types that are items. Histories go to a table of beneficiaries, which the run itself writes, too. */
const ITEM_TABLES = Object.values(RIF_LAYOUTS)
  .filter(({ type }) => !type.startsWith('BENEFICIARY'))
  .map(({ table }) => table);

describe('a data set whose types go to all hosts', { timeout: 120_000 }, () => {
  let project: Project;
  /** What a load by one process leaves. */
  let expected: Record<string, string>;

  beforeAll(async () => {
    project = await Project.make({ shipped: ['database-schema', 'ccw'] });
    await sendMadeDataSet(project.bucket, BENEFICIARIES);
    await configure({});
    expect(await project.command('run', 'database-schema')).toMatchObject({ exitCode: 0 });
    expect(await project.command('run', JOB)).toMatchObject({ exitCode: 0 });
    expected = await tableDigests(project);
    await configure({ fanOut: true, retries: { limit: 2, delayMs: 100 } });
  }, 120_000);
  beforeEach(() => emptyTables(project));
  afterAll(() => project[Symbol.asyncDispose]());

  async function configure(settings: object): Promise<void> {
    const config = { bucket: project.bucket.name, hashing: 'deferred', chunkBytes: 1 << 16 };
    await project.configure({ http: false, jobs: { [JOB]: { config, ...settings } } });
  }

  /** Nobody writes to the tables of items until it is let go. */
  async function holdItems(): Promise<{ letGo: () => Promise<void> }> {
    const client = await project.database.pool.connect();
    await client.query('begin');
    await client.query(`lock table ${ITEM_TABLES} in share mode`);
    const letGo = async () => {
      await client.query('rollback');
      client.release();
    };
    return { letGo };
  }

  async function one<T>(query: string): Promise<T> {
    const { rows } = await project.database.pool.query(query);
    return rows[0];
  }

  async function until(query: string): Promise<void> {
    await expect
      .poll(async () => (await one<{ yes: boolean }>(`select ${query} as yes`)).yes, {
        timeout: 60_000,
        interval: 20,
      })
      .toBe(true);
  }

  const heldProcesses = (count: number) =>
    until(`(select count(distinct application_name) = ${count} from pg_stat_activity
             where application_name like 'bfd:${JOB}:%' and wait_event = 'relation')`);

  it('is loaded by both of two, and ends the same when one of them is killed in the middle', async () => {
    const atFirst = await holdItems();
    const hosts = [project.start(), project.start()];
    await heldProcesses(hosts.length);
    await atFirst.letGo();
    await until(
      `exists (select from ccw.load_chunks chunk join ccw.s3_data_files file
                   on (file.manifest_id, file.index) = (chunk.manifest_id, chunk.file_index)
                where file.file_type not like 'BENEFICIARY%')`,
    );
    const inTheMiddle = await holdItems();
    await heldProcesses(hosts.length);
    const isRunning = ({ event, job }: ToldEvent) => event === 'run.started' && job === JOB;
    const [ofRun, other] = hosts.toSorted((host) => (host.events.some(isRunning) ? -1 : 1));
    await other?.kill();
    await inTheMiddle.letGo();

    const end = await ofRun?.waitFor({ event: 'run.finished', job: JOB });

    expect(end).toMatchObject({ result: 'succeeded', attempt: 1, 'counts.dataSets': 1 });
    expect(await tableDigests(project)).toEqual(expected);
    expect(
      await one(`
        select (select count(*)::int from ccw.s3_data_files) as files,
               (select count(*)::int from ccw.s3_data_files where status = 'COMPLETED') as done,
               (select count(*)::int from ccw.loaded_files) as loaded,
               (select count(*)::int from ccw.load_chunks) as chunks`),
    ).toEqual({ files: 12, done: 12, loaded: 12, chunks: 0 });
    await ofRun?.stop();
  });

  it('loads all types but the one with a wrong value, names that, and goes on with it when it is mended', async () => {
    const carrier = await changeCarrier((row) => row.replace(/\d{2}-[A-Za-z]{3}-\d{4}/, 'garbage'));

    const failed = await project.command('run', JOB, '--json');

    const told = failed.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(failed.exitCode).toBe(7);
    const found = expect.stringMatching(/carrier.*\.csv, line 7, column \w+: BFD_RIF_DATE$/);
    expect(told.filter(({ event }) => event === 'item.failed')).toMatchObject([
      { attempt: 1, errorCode: 'BFD_RIF_ROWS', places: [found] },
    ]);
    expect(told.find(({ event }) => event === 'run.finished')).toMatchObject({
      result: 'failed',
      errorCode: 'BFD_CCW_TYPES_FAILED',
      error: expect.stringMatching(/ 1 of 9 types .*CARRIER \(BFD_RIF_ROWS\)/),
      places: [
        expect.stringMatching(/0_manifest\.xml, column entry-\d+:CARRIER: BFD_RIF_ROWS$/),
        found,
      ],
    });
    const isCarrier = ([table]: [string, string]) => table.startsWith('carrier');
    const others = (all: object) => Object.entries(all).filter((entry) => !isCarrier(entry));
    expect(others(await tableDigests(project))).toEqual(others(expected));
    expect(await one('select status from ccw.s3_manifest_files')).toEqual({ status: 'STARTED' });

    await carrier.mend();
    expect(await project.command('run', JOB)).toMatchObject({ exitCode: 0 });
    expect(await tableDigests(project)).toEqual(expected);
    expect(await one('select status from ccw.s3_manifest_files')).toEqual({ status: 'COMPLETED' });
  });

  it('stops everywhere when its run is cancelled, and the next run loads the rest', async () => {
    const held = await holdItems();
    const { ended } = project.begin('run', JOB, '--json');
    await heldProcesses(1);

    expect(await project.command('cancel', JOB)).toMatchObject({ exitCode: 0 });

    expect(await ended).toMatchObject({ exitCode: 6 });
    await heldProcesses(0);
    await held.letGo();
    expect(await project.command('run', JOB)).toMatchObject({ exitCode: 0 });
    expect(await tableDigests(project)).toEqual(expected);
  });

  /** Changes the row in line 7 of the file of carrier claims. */
  async function changeCarrier(change: (row: string) => string) {
    const { client, name: Bucket } = project.bucket;
    const { Contents = [] } = await client.listObjectsV2({ Bucket });
    const Key = Contents.map((object) => object.Key).find((key) => key?.includes('carrier'));
    const { Body, Metadata = {} } = await client.getObject({ Bucket, Key });
    const text = (await Body?.transformToString()) ?? '';
    const lines = text.split('\n');
    await client.putObject({ Bucket, Key, Body: lines.with(6, change(lines[6] ?? '')).join('\n') });
    return { mend: () => client.putObject({ Bucket, Key, Body: text, Metadata }) };
  }
});
