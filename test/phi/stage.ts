// A real host that runs every way to fail once, each with the data of a person of its own, and everything that leaves it.

import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { joinLocalStack } from '@bfd-host/local-stack';
import { buildPlugin } from '@bfd-host/plugin-builder';
import pg from 'pg';
import { Project, type ToldEvent } from '../support/project.ts';
import { Collector } from '../telemetry/collector.ts';
import { brokenSettings } from './broken-settings.ts';
import { commandsBeside, runJob } from './commands.ts';
import { everythingOn } from './page.ts';
import { type Canary, canariesOf, type Person, person } from './people.ts';
import { commandOutput, type Evidence, filesBelow, outputOf, received, tablesOf } from './sinks.ts';
import { StrangeS3 } from './strange-s3.ts';

type Mode = 'development' | 'production';

export interface Played {
  /** Jobs that a host ran. */
  readonly jobs: readonly string[];
  /** How each job's run ended, as the host told it. */
  readonly ends: ReadonlyMap<string, ToldEvent>;
  /** The same as the database has it. */
  readonly records: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What runs in development mode told, by job. */
  readonly inDevelopment: ReadonlyMap<string, ToldEvent>;
  /** What `check` said of a configuration where nothing is right. */
  readonly refusal: string;
  readonly canaries: readonly Canary[];
  readonly evidence: readonly Evidence[];
  /** What the host told on standard output. */
  readonly told: readonly ToldEvent[];
  /** Source of the plugins, by name. */
  readonly bundles: ReadonlyMap<string, string>;
  /** By job. */
  readonly pluginOf: ReadonlyMap<string, string>;
  /** What is no sink, since it holds what somebody asked it to. */
  readonly kept: {
    /** `bfd_host.checkpoint`, the memory of jobs. */
    readonly checkpoints: Buffer;
    /** Console output of a job in development. */
    readonly debugOutput: { readonly bytes: Buffer; readonly mode: number };
  };
}

const PLUGINS = [
  ...['rows', 'statements', 'objects', 'errors', 'calls', 'telling', 'deaths', 'strangers'],
  'unloadable',
];
const BUCKET = 'bfd-phi-test';
/** It is written backwards in the plugin. */
const UNLOADABLE: Canary = { text: 'Quendrithmoor', kind: 'surname', owner: 'throws-while-loaded' };
/** What commands are given that take a job. */
const ASKED_FOR = 'unique-violation';
/** Stays until the host stops. */
const LAST = 'ignores-being-stopped';
const IN_DEVELOPMENT = [
  'logs-made-up-message',
  'logs-text-in-field',
  'logs-number-of-person',
  'logs-made-up-field',
  'tells-the-console',
];

interface BuiltPlugin {
  readonly plugin: string;
  readonly folder: string;
  readonly source: string;
  readonly jobs: readonly { readonly name: string; readonly hasPerson: boolean }[];
}

/** Unless the long form is asked for, every third of the ways to fail that are much like others. */
const IS_QUICK = process.env['BFD_DEEP'] === undefined;
const MUCH_ALIKE = ['rows', 'statements', 'errors', 'calls'];
/** In the quick form. */
const COMMANDS = ['jobs', 'runs', 'why', 'hosts', 'check', 'doctor'];
const FOR_PEOPLE = ['runs', 'why'];

/** Runs all jobs in a host in production mode, and commands beside it. */
export async function play(): Promise<Played> {
  const plugins = await builtPlugins();
  await using leaving = new AsyncDisposableStack();
  const collector = leaving.use(await Collector.start());
  const project = leaving.use(await Project.make());
  // Job processes have users of their own where the host is root; they shall stay below this folder all the same.
  await chmod(project.folder, 0o711);
  const temp = path.join(project.folder, 'tmp');
  await mkdir(temp, { mode: 0o711 });

  const names = plugins.flatMap(({ plugin, jobs }) =>
    jobs
      .filter(
        ({ name }, index) =>
          !IS_QUICK || index % 3 === 0 || name === ASKED_FOR || !MUCH_ALIKE.includes(plugin),
      )
      .filter((job) => job.hasPerson)
      .map(({ name }) => ({ name, plugin })),
  );
  const people = new Map(names.map(({ name }, n): [string, Person] => [name, person(n)]));
  const strangeS3 = leaving.use(
    await StrangeS3.start((mbi) => [...people.values()].find((whose) => whose.mbi === mbi)),
  );
  const { pool } = await services(project, people, leaving);

  for (const { plugin, folder } of plugins) await project.drop(plugin, folder);
  const leftOut = plugins
    .flatMap(({ jobs }) => jobs)
    .filter(({ name, hasPerson }) => hasPerson && !people.has(name));
  const settings = (mode: Mode) => {
    const { jobs, ...rest } = hostSettings(mode, people, collector.url, strangeS3.url);
    const off = leftOut.map(({ name }) => [name, { enabled: false }]);
    return { ...rest, jobs: { ...Object.fromEntries(off), ...jobs } };
  };
  await project.configure(settings('production'));
  await writeConfig(project, 'development.json', {
    ...settings('development'),
    jobs: {
      ...settings('development').jobs,
      'tells-the-console': {
        config: { person: people.get('tells-the-console'), bucket: BUCKET },
        debugOutput: true,
      },
    },
  });
  const broken = person(people.size);
  await writeConfig(project, 'broken.json', brokenSettings(broken));

  const host = project.start({ TMPDIR: temp });
  const jobs = [...names.map(({ name }) => name), UNLOADABLE.owner];
  const { jobs: ready, page } = await host.waitFor({ event: 'host.started' });
  if (ready !== jobs.length) {
    const why = host.events.filter(({ event }) => event === 'host.degraded');
    throw new Error(`${ready} of ${jobs.length} jobs can run: ${JSON.stringify(why)}`);
  }
  const ends = new Map<string, ToldEvent>();
  for (const job of jobs) {
    // One that finds nothing says nothing.
    if (job === LAST || job === 'finds-nothing') continue;
    ends.set(job, await host.waitFor({ event: 'run.finished', job }));
  }
  await host.waitFor({ event: 'run.started', job: LAST });
  const shown = await everythingOn(String(page), jobs);
  const commands = await commandsBeside(project, ASKED_FOR, {
    json: (command) => !IS_QUICK || COMMANDS.includes(command),
    forPeople: (command) => !IS_QUICK || FOR_PEOPLE.includes(command),
  });
  const inDevelopment = new Map<string, ToldEvent>();
  for (const job of IN_DEVELOPMENT) {
    const { output, finished } = await runJob(project, job, 'development.json');
    commands.push([`run ${job}, in development`, output]);
    inDevelopment.set(job, finished);
  }
  const refusals = [];
  const refusing = [['check'], ['check', '--json'], ['start', '--json'], ['jobs', '--json']];
  for (const line of refusing.slice(0, IS_QUICK ? 2 : undefined)) {
    const output = await project.command(...line, '--config', 'broken.json');
    commands.push([`${line.join(' ')}, of a broken configuration`, output]);
    refusals.push(output.stderr);
  }
  const finished = await host.stop();
  ends.set(LAST, await host.waitFor({ event: 'run.finished', job: LAST }));

  const debugOutput = path.join(project.folder, '.bfd', 'tells-the-console.may-hold-phi.output');
  const store = await tablesOf('run store', 'bfd_host', pool);
  const isMemory = ({ where }: Evidence) => where === 'bfd_host.checkpoint';
  return {
    jobs,
    ends,
    records: await recordsOf(pool),
    inDevelopment,
    refusal: refusals[0] ?? '',
    canaries: [
      UNLOADABLE,
      ...[...people, ['broken.json', broken] as const].flatMap(([job, whose]) =>
        canariesOf(job, whose),
      ),
    ],
    told: host.events,
    pluginOf: new Map([
      ...names.map(({ name, plugin }): [string, string] => [name, plugin]),
      [UNLOADABLE.owner, 'unloadable'],
    ]),
    bundles: new Map(plugins.map(({ plugin, source }) => [plugin, source])),
    kept: {
      checkpoints: store.find(isMemory)?.bytes ?? Buffer.alloc(0),
      debugOutput: { bytes: await readFile(debugOutput), mode: (await stat(debugOutput)).mode },
    },
    evidence: [
      ...outputOf(finished),
      ...received(collector),
      ...store.filter((table) => !isMemory(table)),
      ...(await tablesOf('queue', 'pgboss', pool)),
      ...shown,
      ...commands.flatMap(([command, output]) => commandOutput(command, output)),
      ...(await filesBelow(project.folder, isData)),
    ],
  };
}

/** The data itself, the configuration by which it came, and what somebody asked to be kept. */
const isData = (file: string): boolean =>
  /^\w+(\.\w+)*\.json$|^\.bfd\/(pg\d+|s3)\/|\.may-hold-phi\.output$/.test(file);

async function builtPlugins(): Promise<BuiltPlugin[]> {
  return Promise.all(
    PLUGINS.map(async (plugin) => {
      const source = path.join(import.meta.dirname, 'plugins', plugin);
      const { folder, manifest } = await buildPlugin(source);
      const jobs = manifest.jobs
        .filter(({ enabledByDefault }) => enabledByDefault !== false)
        .map(({ name }) => ({ name, hasPerson: name !== UNLOADABLE.owner }));
      const bundle = await readFile(path.join(folder, manifest.entry), 'utf8');
      return { plugin, folder, jobs, source: bundle };
    }),
  );
}

function hostSettings(
  mode: Mode,
  people: ReadonlyMap<string, Person>,
  collectorUrl: string,
  strangeUrl: string,
) {
  const special: Readonly<Record<string, object>> = {
    'runs-too-long': { timeout: { softMs: 200 } },
    'ignores-its-time': { timeout: { softMs: 200, hardMs: 600 } },
    'tells-in-spread-items': { fanOut: true },
    // It stays, so the others come first.
    [LAST]: { priority: -1 },
  };
  const jobs: Record<string, object> = {};
  for (const [job, whose] of people) {
    jobs[job] = { ...special[job], config: { person: whose, bucket: BUCKET } };
  }
  return {
    mode,
    database: 'embedded',
    s3: 'embedded',
    concurrency: 4,
    stopGraceMs: 300,
    http: { port: 0 },
    telemetry: {
      otlp: { endpoint: collectorUrl, headers: { 'api-key': 'a-key' }, temporality: 'delta' },
      newRelicEvents: { accountId: '42', licenseKey: 'a-key', endpoint: collectorUrl },
    },
    plugins: {
      ...Object.fromEntries(PLUGINS.map((plugin) => [plugin, { idleMinutes: 0 }])),
      deaths: { idleMinutes: 0, memoryMb: 64, rssMb: 256, outputKb: 64, blockedSeconds: 2 },
      strangers: {
        idleMinutes: 0,
        s3: {
          endpoint: strangeUrl,
          forcePathStyle: true,
          accessKeyId: 'a-key',
          secretAccessKey: 'a-secret',
        },
      },
    },
    jobs,
  };
}

async function writeConfig(project: Project, file: string, settings: object): Promise<void> {
  await writeFile(path.join(project.folder, file), JSON.stringify(settings, null, 2));
}

/** Database and S3 of the state folder, with the people in them. */
async function services(
  project: Project,
  people: ReadonlyMap<string, Person>,
  leaving: AsyncDisposableStack,
): Promise<{ pool: pg.Pool }> {
  const home = path.join(project.folder, '.bfd');
  const stack = leaving.use(await joinLocalStack({ home, postgres: true, s3: true }));
  const { postgres, s3 } = stack;
  if (!postgres || !s3) throw new Error('the stack came without services');
  const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  leaving.defer(() => pool.end());
  await pool.query(await readFile(path.join(import.meta.dirname, 'schema.sql'), 'utf8'));
  await pool.query(
    'insert into phi.member select * from jsonb_populate_recordset(null::phi.member, $1)',
    [JSON.stringify([...people.values()])],
  );
  const { accessKeyId, secretAccessKey, ...endpoint } = s3;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3({ ...endpoint, forcePathStyle: true, credentials });
  try {
    await client.createBucket({ Bucket: BUCKET });
    for (const whose of people.values()) {
      const Body = `${Object.values(whose).join('|')}\n`;
      await client.putObject({ Bucket: BUCKET, Key: `people/${whose.mbi}`, Body });
    }
  } finally {
    client.destroy();
  }
  return { pool };
}

async function recordsOf(pool: pg.Pool): Promise<Map<string, Record<string, unknown>>> {
  const { rows } = await pool.query(
    'select job_name, result, error_code, error, error_detail from bfd_host.run where attempt = 1',
  );
  return new Map(rows.map((row) => [row.job_name, row]));
}
