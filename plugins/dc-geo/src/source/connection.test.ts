// What can go wrong between a load and its server, over real sockets.

import { once } from 'node:events';
import {
  constants,
  createServer as createHttp2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { mcsChange } from '../testing/claims.testkit.ts';
import {
  countOf,
  listSource,
  load,
  loaded,
  mockServer,
  progressOf,
  rdaDatabase,
  someClaims,
} from '../testing/harness.testkit.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../testing/tls.testkit.ts';

/** Machines that run other things as well take their time. */
const PATIENT = { timeout: 25_000 };

describe('a server that does not want us', () => {
  it('is told apart by its token, and a retry is of no use', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 3 }), {
      tokens: ['right', 'also'],
    });
    const test = { type: 'FISS', server, pool: db.pool, signal } as const;

    const wrong = await load({ ...test, config: { authToken: 'wrong' } });
    const none = await load(test);
    const right = await loaded({ ...test, config: { authToken: 'also' } });

    expect(wrong.error).toMatchObject({ code: 'BFD_RDA_TOKEN', isPermanent: true });
    expect(none.error).toMatchObject({ code: 'BFD_RDA_TOKEN' });
    expect(right.counts).toMatchObject({ claims: 3 });
  });

  it('has a version that the load does not know', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 3 }), { version: '0.13.9' });

    const { error } = await load({ type: 'FISS', server, pool: db.pool, signal });

    expect(error).toMatchObject({
      code: 'BFD_RDA_VERSION',
      isPermanent: true,
      message: expect.stringContaining('v0.13.9'),
    });
    expect(server.streams).toEqual([]);
  });

  it('is no RDA API', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await http2Server((stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
        { endStream: true },
      );
    });

    const { error } = await load({ type: 'FISS', server, pool: db.pool, signal });

    expect(error).toMatchObject({ code: 'BFD_RDA_PROTOCOL', isPermanent: true });
  });

  it('is not there: asked three times', async ({ signal }) => {
    await using db = await rdaDatabase();
    const port = await unusedPort();

    const { error, lines } = await load({
      type: 'FISS',
      server: { host: '127.0.0.1', port },
      pool: db.pool,
      signal,
    });

    expect(error).toMatchObject({ code: 'BFD_RDA_UNAVAILABLE', isPermanent: false });
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });
});

describe('encryption', () => {
  it('is used when asked for, and trusts the authority it is given', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 3 }), {
      tls: { certificate: TEST_CERTIFICATE, key: TEST_KEY },
    });
    const test = {
      type: 'MCS',
      server: { host: 'localhost', port: server.port },
      pool: db.pool,
      signal,
    } as const;

    const stranger = await load({ ...test, config: { tls: true } });
    const { counts } = await loaded({
      ...test,
      config: { tls: true, caCertificate: TEST_CERTIFICATE },
    });

    expect(stranger.error).toMatchObject({ code: 'BFD_RDA_UNAVAILABLE' });
    expect(counts).toMatchObject({ claims: 3 });
  });
});

describe('a connection that is lost', () => {
  it('is made again, and the load goes on after the last message', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 90 }), {
      faults: { dropAfter: 40, times: 2 },
    });

    const { counts } = await loaded({
      type: 'MCS',
      server,
      pool: db.pool,
      signal,
      config: { reconnects: 1, batchSize: 17 },
    });

    expect(server.streams).toHaveLength(3);
    expect(counts).toMatchObject({ messages: 90, claims: 90 });
    expect(await progressOf(db.pool, 'MCS')).toBe(90);
  });

  it('is an error when it is lost again and again; what was received is stored', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 90 }), {
      // Of our own making, and at once: no message is lost on the way.
      faults: { failAfter: 30, failStatus: 'UNAVAILABLE', times: 1 },
    });

    const { error } = await load({ type: 'MCS', server, pool: db.pool, signal });

    expect(error).toMatchObject({ code: 'BFD_RDA_UNAVAILABLE' });
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(30);
    expect(await progressOf(db.pool, 'MCS')).toBe(30);
  });

  it('is no error after the server had nothing to send for long', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 90 }), {
      faults: { failAfter: 30, failStatus: 'DEADLINE_EXCEEDED' },
    });
    const test = { type: 'MCS', server, pool: db.pool, signal } as const;

    const soon = await load(test);
    const late = await loaded({ ...test, config: { secondsBeforeConnectionDrop: 0 } });

    expect(soon.error).toMatchObject({ code: 'BFD_RDA_DROPPED' });
    expect(late.counts).toMatchObject({ messages: 30, claims: 30 });
    expect(await progressOf(db.pool, 'MCS')).toBe(60);
  });

  it('counts as lost when the stream is reset as the server does when idle', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await http2Server((stream, path) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      );
      if (path.endsWith('/GetMcsClaims')) {
        stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
        return;
      }
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      // A frame with the version 0.14.1 in field 1.
      stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 8, 0x0a, 6]), Buffer.from('0.14.1')]));
    });
    const test = { type: 'MCS', server, pool: db.pool, signal } as const;

    const soon = await load(test);
    const late = await loaded({ ...test, config: { secondsBeforeConnectionDrop: 0 } });

    expect(soon.error).toMatchObject({ code: 'BFD_RDA_DROPPED' });
    expect(late.outcome).toEqual({ kind: 'nothing-to-do' });
  });
});

describe('a stream that says nothing', () => {
  it('is closed after a while, and what it brought before is stored', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 5 }), { keepsOpen: true });
    const ended = server.streamEnds();

    const { counts } = await loaded({
      type: 'FISS',
      server,
      pool: db.pool,
      signal,
      config: { maxIdleSeconds: 0.2 },
    });

    await ended;
    expect(counts).toMatchObject({ claims: 5 });
    expect(await progressOf(db.pool, 'FISS')).toBe(5);
  });

  it('has what it brought stored before it ends', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 5 }), { keepsOpen: true });
    const stop = new AbortController();
    const running = load({
      type: 'FISS',
      server,
      pool: db.pool,
      signal: AbortSignal.any([signal, stop.signal]),
      timings: { flushIdleMs: 20 },
    });

    await expect.poll(() => countOf(db.pool, 'rda.fiss_claims'), PATIENT).toBe(5);
    stop.abort();

    expect((await running).error).toMatchObject({ name: 'AbortError' });
    expect(await progressOf(db.pool, 'FISS')).toBe(5);
  });
});

describe('a run that is stopped', () => {
  it('ends within a second, tells the server, and drops what is no full batch', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 25 }), { keepsOpen: true });
    const stop = new AbortController();
    const ended = server.streamEnds();
    const running = load({
      type: 'MCS',
      server,
      pool: db.pool,
      signal: AbortSignal.any([signal, stop.signal]),
      config: { batchSize: 10 },
    });
    await expect.poll(() => countOf(db.pool, 'rda.mcs_claims'), PATIENT).toBe(20);

    const before = performance.now();
    stop.abort();
    const { error } = await running;

    expect(performance.now() - before).toBeLessThan(1000);
    expect(error).toMatchObject({ name: 'AbortError' });
    await ended;
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(20);
    expect(await progressOf(db.pool, 'MCS')).toBe(20);
  });

  it('ends within a second also while it waits to connect again', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 3 }), {
      faults: { dropAfter: 0 },
    });
    const stop = new AbortController();
    const dropped = server.streamEnds();
    const running = load({
      type: 'MCS',
      server,
      pool: db.pool,
      signal: AbortSignal.any([signal, stop.signal]),
      config: { reconnects: 5 },
      timings: { reconnectMs: 60_000 },
    });
    await dropped;

    const before = performance.now();
    stop.abort();
    await running;

    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('a message that is none', () => {
  it('ends the run; the full batches before it stay', async ({ signal }) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(someClaims({ messages: 30 }), {
      faults: { garbageAfter: 25 },
    });

    const { error } = await load({
      type: 'MCS',
      server,
      pool: db.pool,
      signal,
      config: { batchSize: 10 },
    });

    expect(error).toMatchObject({ code: 'BFD_RDA_MESSAGE' });
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(20);
  });
});

describe('a token that says when it ends', () => {
  it.each([
    [-1, 'error', 'the token has expired'],
    [13.5, 'error', 'the token expires soon'],
    [30.5, 'warn', 'the token expires soon'],
    [31.5, undefined, undefined],
  ])('in %d days is told so', async (days, level, message) => {
    await using db = await rdaDatabase();
    await using server = await mockServer(listSource('MCS', [mcsChange(1)]));
    const exp = Math.floor(Date.now() / 1000 + days * 86_400);
    const authToken = `e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.x`;
    const signal = AbortSignal.timeout(20_000);

    const { lines } = await loaded({
      type: 'MCS',
      server,
      pool: db.pool,
      signal,
      config: { authToken },
    });

    const told = lines.find((line) => line.message.includes('token'));
    expect([told?.level, told?.message]).toEqual([level, message]);
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

type OnStream = (stream: ServerHttp2Stream, path: string) => void;

/** A server of HTTP/2 that does with streams what a gRPC library would not. */
async function http2Server(
  onStream: OnStream,
): Promise<AsyncDisposable & { host: string; port: number }> {
  const server = createHttp2Server();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, String(headers[':path']));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
