// The mock server, seen by clients that know nothing of our code: gRPC's own library with the .proto files, or with
// what the server tells of itself.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { freshBucket } from '@bfd-host/testkit';
import {
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import {
  loadFileDescriptorSetFromObject,
  loadSync,
  type PackageDefinition,
} from '@grpc/proto-loader';
import descriptor, { type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fissChange } from '../testing/claims.testkit.ts';
import { listSource, mockServer, someClaims } from '../testing/harness.testkit.ts';
import { folderStore, ndjsonSource } from './ndjson-source.ts';
import { bucketStore } from './s3-store.ts';
import type { MockServer } from './server.ts';

const PROTO_FOLDER = fileURLToPath(new URL('../../proto/', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/bfd-rda-mock.cjs', import.meta.url));
const PACKAGE = 'gov.cms.mpsm.rda.v1';
const FORM = { longs: Number, enums: String } as const;

describe('a client with the .proto files alone', () => {
  const definition = loadSync(['rda/v1/rda.proto', 'rda/v1/health.proto'], {
    ...FORM,
    includeDirs: [PROTO_FOLDER],
  });

  it('is told version, range and health', async () => {
    await using server = await mockServer(someClaims({ messages: 7 }));
    const client = clientOf(definition, server, 'RDAService');
    const health = clientOf(definition, server, 'Health');

    expect(await ask(client, 'GetVersion')).toMatchObject({ version: '0.14.1' });
    expect(await ask(client, 'GetFissClaimsSequenceNumberRange')).toEqual({ lower: 0, upper: 7 });
    expect(await ask(health, 'Check')).toEqual({ status: 'SERVING' });
  });

  it('gets what comes after `since`, and from the beginning without it', async () => {
    await using server = await mockServer(someClaims({ messages: 7 }));
    const client = clientOf(definition, server, 'RDAService');

    const later = await received(client, 'GetMcsClaims', { since: 5 });
    const all = await received(client, 'GetMcsClaims', {});

    expect(later.map(({ seq }) => seq)).toEqual([6, 7]);
    expect(all).toHaveLength(7);
    expect(later[0]).toMatchObject({
      changeType: 'CHANGE_TYPE_UPDATE',
      source: {
        phase: 'P1',
        phaseSeqNum: 1,
        extractDate: '2024-05-03',
        transmissionTimestamp: '2024-05-04T00:00:00.000Z',
      },
    });
    expect(all.slice(5)).toEqual(later);
  });

  it('gets the same claims for the same seed, and others for another', async () => {
    const claimsOf = async (seed: number) => {
      await using server = await mockServer(someClaims({ messages: 20, seed }));
      return await received(clientOf(definition, server, 'RDAService'), 'GetFissClaims', {});
    };

    const first = await claimsOf(5);
    expect(await claimsOf(5)).toEqual(first);
    expect(await claimsOf(6)).not.toEqual(first);
  });
});

describe('a client that asks the server what it is', () => {
  it('learns enough to get claims', async () => {
    await using server = await mockServer(someClaims({ messages: 3 }));
    const reflection = reflectionClient(server);

    const services = await reflection.services();
    const definition = await reflection.definitionOf(`${PACKAGE}.RDAService`);
    await reflection.close();

    expect(services).toEqual(
      expect.arrayContaining([`${PACKAGE}.RDAService`, `${PACKAGE}.Health`]),
    );
    const claims = await received(clientOf(definition, server, 'RDAService'), 'GetFissClaims', {
      since: 2,
    });
    expect(claims).toMatchObject([{ seq: 3, claim: { rda_claim_key: '0000000003id' } }]);
  });

  // Clients other than the one above know a type only by the files that its file imports.
  it('finds each type in the file that refers to it, or in one that file imports', async () => {
    await using server = await mockServer(someClaims({ messages: 0 }));
    const reflection = reflectionClient(server);
    const files = await reflection.filesOf(`${PACKAGE}.RDAService`);
    await reflection.close();

    const types = (name: string) => {
      const { package: scope, messageType = [], enumType = [] } = files.get(name) ?? {};
      return [
        ...enumType.map((type) => `.${scope}.${type.name}`),
        ...messageType.flatMap((type) => [
          `.${scope}.${type.name}`,
          ...(type.enumType ?? []).map((inner) => `.${scope}.${type.name}.${inner.name}`),
        ]),
      ];
    };
    for (const [name, { dependency = [], messageType = [], service = [] }] of files) {
      const known = [name, ...dependency].flatMap(types);
      const fields = messageType.flatMap(({ field = [] }) => field);
      const calls = service.flatMap(({ method = [] }) => method);
      const wanted = [
        ...fields.flatMap(({ typeName }) => typeName || []),
        ...calls.flatMap(({ inputType, outputType }) => [inputType, outputType]),
      ];
      expect(known, name).toEqual(expect.arrayContaining(wanted));
    }
    expect([...files.keys()]).toContain('google/protobuf/empty.proto');
  });
});

describe('messages from files', () => {
  const line = (seq: number) => JSON.stringify({ seq: String(seq), claim: { dcn: `d${seq}` } });
  const definition = loadSync('rda/v1/rda.proto', { ...FORM, includeDirs: [PROTO_FOLDER] });

  it('are served by their numbers, and files that lie before `since` are not read', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-rda-'));
    const write = (name: string, content: string | Buffer) =>
      writeFile(join(folder.path, name), content);
    await write('fiss-1-2.ndjson', 'not read');
    await write('FISS-5-6.NDJSON.GZ', gzipSync(`${line(5)}\n${line(6)}\n`));
    await write('fiss-3-4.ndjson', `${line(3)}\r\n\r\n${line(4)}`);
    await write('mcs.ndjson', line(9));
    await write('notes.txt', 'no messages');
    await using server = await mockServer(ndjsonSource(folderStore(folder.path)));
    const client = clientOf(definition, server, 'RDAService');

    expect((await received(client, 'GetFissClaims', { since: 3 })).map(({ seq }) => seq)).toEqual([
      4, 5, 6,
    ]);
    expect(await ask(client, 'GetFissClaimsSequenceNumberRange')).toEqual({
      lower: 0,
      upper: 0,
    });
  });

  it('may lie in a bucket', async () => {
    await using bucket = await freshBucket();
    const put = (key: string, body: string) =>
      bucket.client.putObject({ Bucket: bucket.name, Key: key, Body: body });
    await put('rda/fiss-1-2.ndjson', `${line(1)}\n${line(2)}`);
    await put('elsewhere/fiss.ndjson', line(7));
    await using server = await mockServer(
      ndjsonSource(bucketStore(bucket.client, bucket.name, 'rda/')),
    );

    const claims = await received(clientOf(definition, server, 'RDAService'), 'GetFissClaims', {});

    expect(claims.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('end the stream with the place of a line that is no message, and without its content', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-rda-'));
    await writeFile(join(folder.path, 'fiss.ndjson'), `${line(1)}\n{"seq": "2", "secret": 1}\n`);
    await using server = await mockServer(ndjsonSource(folderStore(folder.path)));

    const stream = received(clientOf(definition, server, 'RDAService'), 'GetFissClaims', {});

    await expect(stream).rejects.toMatchObject({
      details: 'fiss.ndjson, line 2: the message has a field that the protocol does not know',
    });
  });
});

describe('a message that cannot be stored', () => {
  it('is sent where it is ordered', async () => {
    await using server = await mockServer(listSource('FISS', [fissChange(1), fissChange(2)]), {
      faults: { badSequences: [2], delayMs: 1 },
    });
    const definition = loadSync('rda/v1/rda.proto', { ...FORM, includeDirs: [PROTO_FOLDER] });

    const claims = await received(clientOf(definition, server, 'RDAService'), 'GetFissClaims', {});

    expect(claims.map(({ claim }) => (claim as { hicNo: string }).hicNo.length)).toEqual([10, 100]);
  });
});

describe('the command bfd-rda-mock', () => {
  it('says what it can, and what it was asked wrongly', async () => {
    const run = promisify(execFile);

    const { stdout } = await run(process.execPath, [BIN, '--help']);
    expect(stdout).toContain('usage: bfd-rda-mock');
    await expect(run(process.execPath, [BIN, '--port', 'many'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--port has to be a whole number'),
    });
  });

  it('serves until it is told to stop', async () => {
    const command = spawn(
      process.execPath,
      [BIN, '--port', '0', '--messages', '2', '--token', 't'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = await once(createInterface(command.stdout), 'line');
    const port = Number(/:(\d+)\.$/.exec(String(line))?.[1]);
    const definition = loadSync('rda/v1/rda.proto', { ...FORM, includeDirs: [PROTO_FOLDER] });
    const client = clientOf(definition, { host: '127.0.0.1', port }, 'RDAService');

    await expect(ask(client, 'GetVersion')).rejects.toMatchObject({
      details: 'the token is not accepted',
    });
    command.kill('SIGTERM');

    expect(await once(command, 'exit')).toEqual([0, null]);
  });
});

type AnyClient = InstanceType<ServiceClientConstructor>;
type Address = Pick<MockServer, 'host' | 'port'>;
type Received = Readonly<Record<string, unknown>>;

function clientOf(
  definition: PackageDefinition,
  { host, port }: Address,
  service: string,
): AnyClient {
  const found = `${PACKAGE}.${service}`
    .split('.')
    .reduce<unknown>((at, part) => (at as GrpcObject)[part], loadPackageDefinition(definition));
  const Client = found as ServiceClientConstructor;
  const client = new Client(`${host}:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

function ask(client: AnyClient, method: string): Promise<object> {
  return new Promise((resolve, reject) => {
    // The cast: gRPC's library makes such clients at run time and has no types for their methods.
    const call = (client as unknown as Record<string, (...args: unknown[]) => unknown>)[method];
    call?.call(client, {}, (error: Error | null, answer: object) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

async function received(client: AnyClient, method: string, request: object): Promise<Received[]> {
  const call = (
    client as unknown as Record<string, (request: object) => ClientReadableStream<Received>>
  )[method];
  const messages: Received[] = [];
  const stream = call?.call(client, request);
  if (stream) for await (const message of stream) messages.push(message);
  return messages;
}

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}

/** What grpcurl does: asks for the file that has a service, then for the files that one imports. */
function reflectionClient({ host, port }: Address) {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json')),
    'build/proto',
  );
  const loaded = loadPackageDefinition(
    loadSync('grpc/reflection/v1/reflection.proto', { includeDirs: [folder] }),
  ) as unknown as { grpc: { reflection: { v1: { ServerReflection: ServiceClientConstructor } } } };
  const client = new loaded.grpc.reflection.v1.ServerReflection(
    `${host}:${port}`,
    credentials.createInsecure(),
  );
  const stream = (
    client as unknown as { ServerReflectionInfo(): ClientDuplexStream<object, ReflectionAnswer> }
  ).ServerReflectionInfo();
  const askServer = async (question: object): Promise<ReflectionAnswer> => {
    stream.write(question);
    const [answer] = await once(stream, 'data');
    return answer;
  };
  return {
    async services() {
      const { listServicesResponse } = await askServer({ listServices: '*' });
      return listServicesResponse?.service.map(({ name }) => name);
    },
    async filesOf(symbol: string): Promise<Map<string, IFileDescriptorProto>> {
      const files = new Map<string, IFileDescriptorProto>();
      const add = ({ fileDescriptorResponse }: ReflectionAnswer): string[] =>
        (fileDescriptorResponse?.fileDescriptorProto ?? []).flatMap((bytes) => {
          // The cast: what this decoder makes has no type.
          const file = descriptor.FileDescriptorProto.decode(bytes) as IFileDescriptorProto;
          files.set(file.name ?? '', file);
          return file.dependency;
        });
      let wanted = add(await askServer({ fileContainingSymbol: symbol }));
      for (;;) {
        const next = wanted.find((name) => !files.has(name));
        if (next === undefined) break;
        wanted = [...wanted, ...add(await askServer({ fileByFilename: next }))];
      }
      return files;
    },
    async definitionOf(symbol: string): Promise<PackageDefinition> {
      const files = await this.filesOf(symbol);
      return loadFileDescriptorSetFromObject({ file: [...files.values()] }, FORM);
    },
    async close() {
      stream.end();
      await once(stream, 'end');
      client.close();
    },
  };
}
