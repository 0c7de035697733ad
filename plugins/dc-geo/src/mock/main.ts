/** The command `bfd-rda-mock`. */

import { parseArgs } from 'node:util';
import type { Faults } from './faults.ts';
import { type MessageSource, randomSource } from './message-source.ts';
import { folderStore, ndjsonSource } from './ndjson-source.ts';
import { bucketStore } from './s3-store.ts';
import { startMockServer } from './server.ts';

const HELP = `A server that speaks the RDA API, with made-up claims or claims from files. For tests and first steps.

usage: bfd-rda-mock [options]

where
  --host NAME            address to listen on                             127.0.0.1
  --port N               port to listen on; 0 takes a free one            5003
  --token TEXT           bearer token to accept, more than once if need be; any client if left out
  --version TEXT         version to tell                                  0.14.1

made-up claims (if no files are named)
  --messages N           messages of each type, numbered from 1           1000
  --seed N               the same seed gives the same claims              1
  --claims N             claims the messages are about                    one a message
  --beneficiaries N      persons the claims are about                     1000
  --delete-every N       makes each nth message a DELETE                  none
  --today YYYY-MM-DD     day the dates lie before                         today

claims from files: NAME.ndjson or NAME.ndjson.gz, NAME being fiss, mcs, fiss-FIRST-LAST or mcs-FIRST-LAST
  --folder PATH          files in a folder
  --bucket NAME          files in an S3 bucket; region and credentials from the environment
  --prefix PATH          what the keys begin with, such as rda/
  --endpoint URL         of another S3 service than Amazon's

faults to order
  --fail-after N         ends a stream with an error after N messages
  --fail-status NAME     status of that error                             UNKNOWN
  --drop-after N         cuts the connection after N messages
  --silent-after N       says nothing more after N messages
  --garbage-after N      sends bytes that are no message after N messages
  --bad N                makes message number N one that cannot be stored, more than once if need be
  --delay MS             waits before each message
  --fault-times N        only the first N streams fail, drop, fall silent or send garbage
  --keep-open            keeps streams open after the last message

examples
  bfd-rda-mock --messages 100000 --claims 20000
  bfd-rda-mock --folder samples --token secret
  bfd-rda-mock --drop-after 500 --fault-times 2
  grpcurl -plaintext -d '{"since": 0}' localhost:5003 gov.cms.mpsm.rda.v1.RDAService/GetFissClaims
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '5003' },
  token: { type: 'string', multiple: true },
  version: { type: 'string', default: '0.14.1' },
  messages: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  claims: { type: 'string' },
  beneficiaries: { type: 'string', default: '1000' },
  'delete-every': { type: 'string' },
  today: { type: 'string' },
  folder: { type: 'string' },
  bucket: { type: 'string' },
  prefix: { type: 'string', default: '' },
  endpoint: { type: 'string' },
  'fail-after': { type: 'string' },
  'fail-status': { type: 'string', default: 'UNKNOWN' },
  'drop-after': { type: 'string' },
  'silent-after': { type: 'string' },
  'garbage-after': { type: 'string' },
  bad: { type: 'string', multiple: true },
  delay: { type: 'string', default: '0' },
  'fault-times': { type: 'string' },
  'keep-open': { type: 'boolean', default: false },
} as const;

type Given = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** A mistake of whoever called; told in one line. */
class UsageError extends Error {}

await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    if (values.help) {
      process.stdout.write(HELP);
      return;
    }
    await serve(values);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isUsage = error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`bfd-rda-mock: ${message}\n`);
    if (isUsage) process.stderr.write('Try bfd-rda-mock --help.\n');
    process.exitCode = isUsage ? 2 : 1;
  }
}

async function serve(given: Given): Promise<void> {
  const server = await startMockServer({
    source: await sourceOf(given),
    host: given.host,
    port: whole(given.port, '--port', 0),
    version: given.version,
    tokens: given.token ?? [],
    keepsOpen: given['keep-open'],
    faults: faultsOf(given),
  });
  process.stdout.write(`The mock RDA server listens on ${server.host}:${server.port}.\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close());
  }
}

async function sourceOf(given: Given): Promise<MessageSource> {
  const { folder, bucket, prefix, endpoint } = given;
  if (folder !== undefined && bucket !== undefined) {
    throw new UsageError('--folder and --bucket exclude each other.');
  }
  if (folder !== undefined) return ndjsonSource(folderStore(folder));
  if (bucket !== undefined) {
    // Only who asks for a bucket waits for the SDK to load. Region and credentials come from the environment.
    const { S3 } = await import('@aws-sdk/client-s3');
    const client = new S3(endpoint === undefined ? {} : { endpoint, forcePathStyle: true });
    return ndjsonSource(bucketStore(client, bucket, prefix));
  }
  const today = given.today ?? new Date().toISOString().slice(0, 10);
  if (!/^\d{4}-\d\d-\d\d$/.test(today)) throw new UsageError('--today has to be YYYY-MM-DD.');
  const claims = optional(given.claims, '--claims', 1);
  const deleteEvery = optional(given['delete-every'], '--delete-every', 1);
  return randomSource({
    seed: whole(given.seed, '--seed', 0),
    messages: whole(given.messages, '--messages', 0),
    beneficiaries: whole(given.beneficiaries, '--beneficiaries', 1),
    today,
    ...(claims === undefined ? {} : { claims }),
    ...(deleteEvery === undefined ? {} : { deleteEvery }),
  });
}

function faultsOf(given: Given): Faults {
  const numbers = {
    failAfter: optional(given['fail-after'], '--fail-after', 0),
    dropAfter: optional(given['drop-after'], '--drop-after', 0),
    silentAfter: optional(given['silent-after'], '--silent-after', 0),
    garbageAfter: optional(given['garbage-after'], '--garbage-after', 0),
    times: optional(given['fault-times'], '--fault-times', 0),
  };
  return {
    failStatus: given['fail-status'],
    delayMs: whole(given.delay, '--delay', 0),
    badSequences: (given.bad ?? []).map((text) => whole(text, '--bad', 1)),
    ...Object.fromEntries(Object.entries(numbers).filter(([, number]) => number !== undefined)),
  };
}

function optional(text: string | undefined, name: string, least: number): number | undefined {
  return text === undefined ? undefined : whole(text, name, least);
}

function whole(text: string, name: string, least: number): number {
  const number = Number(text);
  if (/^\d{1,15}$/.test(text) && number >= least) return number;
  throw new UsageError(`${name} has to be a whole number of at least ${least}.`);
}
