// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
// The form of host.config.json. Its descriptions are what editors show and what host/docs/config.md is made
// of; its error texts are what people read, so each says what was expected.

import type { Privileges } from '@bfd-host/sdk';
import { z } from 'zod';
import { isAddressRange } from './address-range.ts';
import {
  choice,
  databaseUrl,
  httpUrl,
  recordOf,
  strict,
  text,
  texts,
  wholeNumber,
  yesOrNo,
} from './config-values.ts';
import { cronProblem, timezoneProblem } from './cron-expression.ts';

/** setTimeout takes no more: beyond 2^31 - 1 ms it fires at once. */
export const MAX_MS = 24 * 24 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

const s3Access = strict({
  endpoint: text('expected a URL such as "https://s3.us-east-1.amazonaws.com"', (given) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) return 'expected an http or https URL';
    return url.username === '' && url.password === ''
      ? undefined
      : 'expected a URL without a name and password; they go into accessKeyId and secretAccessKey';
  })
    .exactOptional()
    .describe(
      'URL of an S3 service other than AWS. `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` if absent.',
    ),
  region: text('expected a region such as "us-east-1"')
    .exactOptional()
    .describe('`AWS_REGION` or `AWS_DEFAULT_REGION` if absent.'),
  accessKeyId: text('expected an access key id')
    .exactOptional()
    .describe(
      "Goes with `secretAccessKey`. Without both, the AWS SDK's own chain finds credentials.",
    ),
  secretAccessKey: text('expected a secret access key, best as "${env:NAME}" or "${file:PATH}"')
    .exactOptional()
    .describe('Goes with `accessKeyId`; best written `${env:NAME}` or `${file:PATH}`.'),
  sessionToken: text('expected a session token')
    .exactOptional()
    .describe('Goes with temporary keys.'),
  forcePathStyle: yesOrNo()
    .exactOptional()
    .describe(
      'Whether the bucket goes into the path, not the host name. True if absent and there is an endpoint.',
    ),
}).check((context) => {
  const { accessKeyId, secretAccessKey, sessionToken } = context.value;
  const report = (path: string, message: string) =>
    context.issues.push({ code: 'custom', message, path: [path], input: undefined });
  if (secretAccessKey !== undefined && accessKeyId === undefined) {
    report('accessKeyId', 'expected beside secretAccessKey');
  }
  if (accessKeyId !== undefined && secretAccessKey === undefined) {
    report('secretAccessKey', 'expected beside accessKeyId');
  }
  if (sessionToken !== undefined && accessKeyId === undefined) {
    report('sessionToken', 'expected only beside accessKeyId and secretAccessKey');
  }
});

const DATABASE =
  'expected "embedded", a URL such as "postgres://user:password@host:5432/name", or an object';

const database = z.union(
  [
    z.literal('embedded'),
    databaseUrl(DATABASE),
    strict({
      url: databaseUrl().describe('`postgres://user:password@host:5432/name`.'),
      directUrl: databaseUrl()
        .exactOptional()
        .describe(
          'The same database without a connection pooler between, for LISTEN and locks; `url` if absent.',
        ),
      poolSize: wholeNumber(2, 200)
        .default(10)
        .describe(
          "Connections of the host itself; each plugin's come on top (`plugins.NAME.connections`).",
        ),
    }),
  ],
  { error: DATABASE },
);

const s3 = z.union([z.literal('embedded'), z.literal('aws'), s3Access], {
  error: 'expected "embedded", "aws" or an object',
});

const schedule = z.union(
  [
    z.null(),
    text('expected a cron expression', cronProblem),
    strict({
      cron: text('expected a cron expression', cronProblem)
        .exactOptional()
        .describe('Five or six fields (seconds first).'),
      timezone: text('expected an IANA time zone', timezoneProblem)
        .exactOptional()
        .describe('IANA name, such as `America/New_York`.'),
      jitterMs: wholeNumber(0, DAY_MS, 'milliseconds')
        .exactOptional()
        .describe('Each fire is put off by a random time up to this, in milliseconds.'),
      missed: choice('skip', 'latest')
        .exactOptional()
        .describe(
          'What to do about fires that nobody was there for: run the `latest`, or `skip` all.',
        ),
    }),
  ],
  { error: 'expected a cron expression, an object or null' },
);

const jobSettings = strict({
  enabled: yesOrNo()
    .exactOptional()
    .describe('Whether the host runs it. A job that says nothing of this itself runs.'),
  schedule: schedule
    .exactOptional()
    .describe('When it runs: a cron expression, or an object for more. `null`: on no schedule.'),
  startup: yesOrNo().exactOptional().describe('Whether to run once when the host starts.'),
  runAfter: yesOrNo()
    .exactOptional()
    .describe(
      'Whether to run after a job it depends on did work. True for a job without a schedule.',
    ),
  config: recordOf(z.unknown())
    .exactOptional()
    .describe("The job's own settings, in the form its plugin declares."),
  retries: strict({
    limit: wholeNumber(0, 1000).exactOptional().describe('How many tries follow the first.'),
    delayMs: wholeNumber(0, DAY_MS, 'milliseconds')
      .exactOptional()
      .describe('Wait before the first retry, in milliseconds; doubled for each further one.'),
    maxDelayMs: wholeNumber(0, DAY_MS, 'milliseconds')
      .exactOptional()
      .describe('Longest wait, in milliseconds.'),
    codes: z
      .array(text('expected an error code'), { error: 'expected a list of error codes' })
      .exactOptional()
      .describe('Retry only errors with one of these codes.'),
  })
    .exactOptional()
    .describe('What happens when a run fails.'),
  timeout: strict({
    softMs: wholeNumber(1, MAX_MS, 'milliseconds')
      .exactOptional()
      .describe('After this the run is told to stop, in milliseconds.'),
    hardMs: wholeNumber(1, MAX_MS, 'milliseconds')
      .exactOptional()
      .describe(
        'After this its process is killed, in milliseconds; 30 s after `softMs` if absent.',
      ),
  })
    .exactOptional()
    .describe('How long a run may take.'),
  successWithinMs: wholeNumber(1000, 366 * DAY_MS, 'milliseconds')
    .exactOptional()
    .describe(
      'How old its latest success may be, in milliseconds; older, and page and `bfd-host jobs` call it late.',
    ),
  pool: text('expected the name of a pool')
    .exactOptional()
    .describe('Name of one of `pools`, which bounds how many of its jobs run at once.'),
  priority: wholeNumber(-1000, 1000)
    .exactOptional()
    .describe('Among jobs that may start, higher goes first.'),
  fanOut: yesOrNo()
    .default(false)
    .describe(
      'Whether the items of `ctx.forEach` go to all hosts on this database, not only this process.',
    ),
  debugOutput: yesOrNo()
    .default(false)
    .describe(
      'Whether to keep its console output, which may hold data of people, in a private file. Refused in production.',
    ),
});

// As `Privileges` of the SDK, member for member: `satisfies` tells when one is missing or new.
const grant = strict({
  environment: texts('names of environment variables')
    .exactOptional()
    .describe('Environment variables that are passed on.'),
  read: texts('files or folders').exactOptional().describe('Files and folders it may read.'),
  write: texts('folders').exactOptional().describe('Folders it may write to.'),
  network: yesOrNo().exactOptional().describe('Network connections without database or S3.'),
  childProcesses: yesOrNo().exactOptional().describe('Starting other programs.'),
  workers: yesOrNo().exactOptional().describe('Worker threads.'),
  addons: yesOrNo().exactOptional().describe('Native add-ons.'),
} satisfies Record<keyof Privileges, z.ZodType>);

const pluginSettings = strict({
  memoryMb: wholeNumber(32, 65_536, 'MiB')
    .default(512)
    .describe("JavaScript heap of the plugin's processes, in MiB. Beyond it the process ends."),
  rssMb: wholeNumber(64, 262_144, 'MiB')
    .exactOptional()
    .describe('All memory of a process, Buffers too, in MiB. Twice `memoryMb` if absent.'),
  outputKb: wholeNumber(1, 1_048_576, 'KiB')
    .default(1024)
    .describe('Console output of a run, in KiB. Beyond it the process is killed.'),
  tempMb: wholeNumber(1, 1_048_576, 'MiB')
    .default(2048)
    .describe('Files of a run in its temporary folder, in MiB. Beyond it the process is killed.'),
  openFiles: wholeNumber(32, 65_536).default(256).describe('Open files and sockets of a process.'),
  nice: wholeNumber(0, 19).default(5).describe('CPU niceness of its processes; the host has 0.'),
  blockedSeconds: wholeNumber(1, 3600, 'seconds')
    .default(30)
    .describe('A process whose main thread does not answer for this long is killed, in seconds.'),
  connections: wholeNumber(1, 100).default(4).describe('Database connections of a process.'),
  statementTimeoutMs: wholeNumber(0, MAX_MS, 'milliseconds')
    .default(0)
    .describe('Longest SQL statement, in milliseconds; 0: any.'),
  idleMinutes: wholeNumber(0, 1440, 'minutes')
    .default(10)
    .describe('A process without a run ends after this, in minutes.'),
  database: strict({
    url: databaseUrl().describe('Another role on the same database.'),
  })
    .exactOptional()
    .describe("The plugin's own way into the database; the host's if absent."),
  s3: s3Access
    .exactOptional()
    .describe("The plugin's own way into S3; what is left out is the host's."),
  grant: grant
    .default({})
    .describe(
      'What the plugin may do beyond its own folder, database and S3. It must declare it, too.',
    ),
}).check((context) => {
  const { memoryMb, rssMb } = context.value;
  if (rssMb === undefined || rssMb >= memoryMb) return;
  const message = `expected at least memoryMb, which is ${memoryMb}`;
  context.issues.push({ code: 'custom', message, path: ['rssMb'], input: rssMb });
});

const ADDRESSES = 'addresses such as "10.0.0.7" or "10.0.0.0/8"';

const page = z.union(
  [
    z.literal(false),
    strict({
      port: wholeNumber(0, 65_535)
        .exactOptional()
        .describe('Port. 4780 if absent, or the next free one; 0: any free one.'),
      host: text('expected an address such as "127.0.0.1"')
        .default('127.0.0.1')
        .describe(
          'Address to listen at. One that other machines reach needs `tls` or `trustedProxies`.',
        ),
      names: texts('names such as "bfd.example.org"')
        .default([])
        .describe('Names by which browsers may call it, besides its addresses.'),
      tls: strict({
        certFile: text('expected a file').describe('Certificate with its chain, PEM.'),
        keyFile: text('expected a file').describe('Private key, PEM.'),
      })
        .exactOptional()
        .describe('Makes it https. Files are relative to host.config.json, read at start.'),
      trustedProxies: z
        .array(
          text(`expected ${ADDRESSES}`, (given) =>
            isAddressRange(given) ? undefined : `expected ${ADDRESSES}`,
          ),
          { error: `expected a list of ${ADDRESSES}` },
        )
        .default([])
        .describe(
          'Addresses of proxies that do the TLS. Others are refused, and so is what came to the proxy without TLS.',
        ),
      userHeader: text('expected the name of a header', (given) =>
        /^[a-z][a-z0-9-]*$/i.test(given) ? undefined : 'expected the name of a header',
      )
        .exactOptional()
        .describe(
          'Header in which a trusted proxy names who is signed in; written to each action.',
        ),
    }),
  ],
  { error: 'expected false or an object' },
);
const telemetry = strict({
  otlp: strict({
    endpoint: httpUrl(
      'expected a URL such as "https://otlp.nr-data.net" or "http://localhost:4318"',
    ).describe(
      'Where traces, metrics and logs go, as OTLP over HTTP (protobuf); `/v1/traces` and so on are added.',
    ),
    headers: recordOf(text('expected the value of a header'))
      .default({})
      .describe(
        'Headers of each request, such as `{ "api-key": "${env:NEW_RELIC_LICENSE_KEY}" }`.',
      ),
    temporality: choice('cumulative', 'delta')
      .exactOptional()
      .describe(
        'Whether metrics count on (`cumulative`) or anew with each export (`delta`, for New Relic). ' +
          '`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` if absent.',
      ),
  })
    .exactOptional()
    .describe(
      'A collector. The standard `OTEL_*` variables if absent; without either nothing is sent.',
    ),
  newRelicEvents: strict({
    accountId: text('expected the number of an account', (given) =>
      /^\d{1,20}$/.test(given) ? undefined : 'expected the number of an account, as text',
    ).describe('Account that the events are for.'),
    licenseKey: text('expected a license key, best as "${env:NEW_RELIC_LICENSE_KEY}"').describe(
      'Its license key (ingest).',
    ),
    endpoint: httpUrl('expected a URL such as "https://insights-collector.newrelic.com"')
      .default('https://insights-collector.newrelic.com')
      .describe('The Event API of its region.'),
  })
    .exactOptional()
    .describe('Sends runs to the Event API of New Relic as `BfdJobRun`, besides OTLP.'),
});

export const hostConfigSchema = strict({
  $schema: text('expected the path of host.config.schema.json')
    .exactOptional()
    .describe('For editors: where the JSON Schema of this file is.'),
  mode: choice('development', 'production')
    .exactOptional()
    .describe(
      'In `production`, settings that could show data of people are refused; in `development`, log lines ' +
        'that could are, and fail their run. ' +
        '`development` if absent and the database is embedded, else `production`.',
    ),
  database: database
    .default('embedded')
    .describe(
      '`"embedded"` (a PostgreSQL of its own in the state folder), a URL, or an object. ' +
        '`BFD_DATABASE_URL` goes before it.',
    ),
  s3: s3
    .default('embedded')
    .describe(
      '`"embedded"` (an S3 server of its own in the state folder), `"aws"` (as the AWS environment says), or an object.',
    ),
  stateFolder: text('expected a folder')
    .default('.bfd')
    .describe('Folder of the embedded services, relative to this file.'),
  pluginsFolder: text('expected a folder')
    .default('plugins')
    .describe('Folder with one folder for each plugin, relative to this file.'),
  concurrency: wholeNumber(1, 1000)
    .default(1)
    .describe(
      'How many runs at a time. 1: one after the other, in the order of their dependencies.',
    ),
  pools: recordOf(wholeNumber(1, 1000))
    .default({})
    .describe(
      'Named bounds: how many runs at a time among the jobs of a pool, on all hosts together, such as `{ "db-heavy": 1 }`.',
    ),
  stopGraceMs: wholeNumber(0, 3_600_000, 'milliseconds')
    .exactOptional()
    .describe(
      'How long runs may take to end when the host stops, in milliseconds. At a terminal 3,000 if absent, else 30,000.',
    ),
  retention: strict({
    runsDays: wholeNumber(1, 36_500, 'days')
      .default(90)
      .describe('How long run records are kept, in days.'),
  })
    .prefault({})
    .describe('How long records are kept.'),
  http: page.prefault({}).describe("The operator's page ([page.md](page.md)); `false`: none."),
  telemetry: telemetry
    .prefault({})
    .describe('Who is told of runs besides standard output and the database.'),
  jobs: recordOf(jobSettings)
    .default({})
    .describe('Settings by job name. What is left out stays as the plugin declares it.'),
  plugins: recordOf(pluginSettings).default({}).describe('Settings by plugin name.'),
});

export const pluginSettingsSchema = pluginSettings;

/** host.config.json as it is written, placeholders replaced. */
export type RawHostConfig = z.input<typeof hostConfigSchema>;
export type ParsedHostConfig = z.output<typeof hostConfigSchema>;
export type ParsedPluginSettings = z.output<typeof pluginSettingsSchema>;
export type ParsedJobSettings = z.output<typeof jobSettings>;
export type ParsedS3Access = z.output<typeof s3Access>;
