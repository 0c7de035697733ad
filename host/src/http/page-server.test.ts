// Who may ask what of the page: each refusal, by real requests to a real server on a real database.

import { writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL, serve, sources, stateFolder, usePage } from './page-server.testkit.ts';
import { PageServer } from './page-server.ts';
import type { PageSources } from './page-sources.ts';
import { readToken } from './page-token.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.testkit.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

usePage();

function ask(
  server: PageServer,
  { path: wanted = '/api/overview', method = 'GET', headers = {}, body }: Asking,
): Promise<Answer> {
  const url = new URL(server.url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port: url.port,
        path: wanted,
        method,
        headers,
        rejectUnauthorized: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const code = ({ body }: Answer): string => JSON.parse(body).code;
const bearer = () => ({ authorization: `Bearer ${readToken(stateFolder)}` });
const PAUSE = { path: '/api/jobs/a-job/pause', method: 'POST' };

async function isPaused(): Promise<boolean> {
  const state = (await sources.store.jobStates()).get('a-job');
  const was = state?.pausedAt != null;
  await sources.database.pool.query('update bfd_host.job set paused_at = null');
  return was;
}

describe('on this machine alone', () => {
  let server: PageServer;
  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('what is recorded may be read, and a job acted on with the token', async () => {
    expect((await ask(server, {})).status).toBe(200);
    expect(await ask(server, { ...PAUSE, headers: bearer() })).toMatchObject({ status: 200 });
    expect(await isPaused()).toBe(true);
  });

  it.each([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${'x'.repeat(43)}` }],
    ['the beginning of the token', () => ({ authorization: bearer().authorization.slice(0, -1) })],
    ['the token as a cookie', () => ({ cookie: `token=${readToken(stateFolder)}` })],
  ])('an action with %s is refused', async (_, given) => {
    const headers = typeof given === 'function' ? given() : given;

    const answer = await ask(server, { ...PAUSE, headers: headers as Record<string, string> });

    expect(answer.status).toBe(401);
    expect(code(answer)).toBe('BFD_PAGE_TOKEN');
    expect(await isPaused()).toBe(false);
  });

  it('a token in the address is none', async () => {
    const answer = await ask(server, {
      ...PAUSE,
      path: `${PAUSE.path}?token=${readToken(stateFolder)}`,
    });
    expect(answer.status).toBe(401);
  });

  it.each([
    'evil.example',
    'evil.example:4780',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    '[::2]',
  ])('a request to the name "%s", which leads here by DNS rebinding, is refused', async (host) => {
    for (const asked of ['/', '/api/overview', '/main.js']) {
      const answer = await ask(server, { path: asked, headers: { host } });
      expect([400, 421]).toContain(answer.status);
    }
    const answer = await ask(server, { ...PAUSE, headers: { host, ...bearer() } });
    expect([400, 421]).toContain(answer.status);
    expect(await isPaused()).toBe(false);
  });

  it.each(['localhost:1', '127.0.0.1', '127.1.2.3:80', '[::1]:4780', 'LOCALHOST'])(
    'a request to the name "%s" is answered',
    async (host) => {
      expect((await ask(server, { headers: { host } })).status).toBe(200);
    },
  );

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('another site, which says %o, is refused even with the token', async (headers) => {
    const act = await ask(server, { ...PAUSE, headers: { ...headers, ...bearer() } });
    const read = await ask(server, { headers });

    expect([act.status, code(act)]).toEqual([403, 'BFD_PAGE_ORIGIN']);
    expect([read.status, code(read)]).toEqual([403, 'BFD_PAGE_ORIGIN']);
    expect(await isPaused()).toBe(false);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'the method %s is refused',
    async (method) => {
      const answer = await ask(server, { ...PAUSE, method, headers: bearer() });
      expect([404, 405]).toContain(answer.status);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('an action is not done by GET', async () => {
    const answer = await ask(server, { ...PAUSE, method: 'GET', headers: bearer() });
    expect(answer.status).toBe(404);
    expect(await isPaused()).toBe(false);
  });

  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/%2e%2e/host.config.json',
    '/vendor/../../../package.json',
    '/vendor/..%5c..%5cpackage.json',
    '/etc/passwd',
    '//etc/passwd',
    '/main.js%00.html',
    '/page-token',
    '/.bfd/page-token',
    '/index.html/../../../host/package.json',
    '/vendor/lit-html.js/../../package.json',
  ])('the path %s leads to no file', async (wanted) => {
    const answer = await ask(server, { path: wanted });
    expect([400, 404]).toContain(answer.status);
    expect(answer.body).not.toContain('root:');
    expect(answer.body).not.toContain('"dependencies"');
  });

  it('no page of anybody may show it in a frame, and it runs no script but its own', async () => {
    const { headers } = await ask(server, { path: '/' });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it('a body is refused, a large one before it has come', async () => {
    const small = await ask(server, {
      ...PAUSE,
      headers: { ...bearer(), 'content-type': 'application/json' },
      body: '{}',
    });
    const large = await ask(server, {
      ...PAUSE,
      headers: { ...bearer(), 'content-type': 'application/json', 'content-length': '1000000000' },
    }).catch(() => ({ status: 413 }));
    expect(small.status).toBe(415);
    expect([413, 415]).toContain(large.status);
    expect(await isPaused()).toBe(false);
  });

  it.each([
    '/api/runs?limit=100000',
    '/api/runs?after=x',
    "/api/runs?result=' or true",
    '/api/timeline?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    '/api/timeline?from=now&to=then',
    '/api/plan?days=99999',
  ])('%s is not understood', async (wanted) => {
    const answer = await ask(server, { path: encodeURI(wanted) });
    expect([answer.status, code(answer)]).toEqual([400, 'BFD_PAGE_REQUEST']);
  });

  it.each([
    '/api/jobs/other',
    '/api/jobs/a-job/explode',
    '/api/runs/x',
    '/api/runs/x/cancel',
    '/api/nothing',
    `/api/jobs/${'x'.repeat(5000)}`,
  ])('there is nothing at %s', async (wanted) => {
    const method = /explode|cancel/.test(wanted) ? 'POST' : 'GET';
    const answer = await ask(server, { path: wanted, method, headers: bearer() });
    expect([404, 414]).toContain(answer.status);
  });

  it('a proxy that nobody trusts is refused: it would open the page to others', async () => {
    const answer = await ask(server, { headers: { 'x-forwarded-for': '10.1.2.3' } });
    expect([answer.status, code(answer)]).toEqual([403, 'BFD_PAGE_PROXY']);
  });

  it('what is no HTTP is answered with an error and ends nothing', async () => {
    const { port } = new URL(server.url);
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write('\x16\x03\x01 garbage\r\n\r\n'),
      );
      socket.on('data', (bytes) => resolve(bytes.toString()));
      socket.on('close', () => resolve(''));
    });
    expect(said).toMatch(/^HTTP\/1\.1 400|^$/);
    expect((await ask(server, {})).status).toBe(200);
  });

  it('other texts are served beside the page', async () => {
    expect(await ask(server, { path: '/metrics' })).toMatchObject({
      status: 200,
      body: 'bfd_up 1\n',
      headers: { 'content-type': 'text/plain; version=0.0.4' },
    });
  });

  it('the database being away is told as such', async () => {
    const database = {
      ...sources.database,
      pool: {
        query: () => Promise.reject(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })),
      },
    };
    const told: unknown[] = [];
    await using away = await PageServer.start({
      setting: LOCAL,
      sources: { ...sources, database } as unknown as PageSources,
      onTrouble: (error) => told.push(error),
    });
    const answer = await ask(away, { path: '/api/runs' });
    expect([answer.status, code(answer)]).toEqual([503, 'BFD_DATABASE_TROUBLE']);
    expect(answer.body).not.toContain('secret');
    expect(told).toHaveLength(1);
  });
});

describe('where others can reach it', () => {
  const OPEN = { isLoopback: false, host: '0.0.0.0', names: ['bfd.example.org'] };
  let tls: { certFile: string; keyFile: string };
  beforeAll(async () => {
    tls = {
      certFile: path.join(stateFolder, 'cert.pem'),
      keyFile: path.join(stateFolder, 'key.pem'),
    };
    await writeFile(tls.certFile, TEST_CERTIFICATE);
    await writeFile(tls.keyFile, TEST_KEY);
  });

  it('nothing is read without the token, and everything with it', async () => {
    await using server = await serve({ ...OPEN, tls });
    expect(server.url).toMatch(/^https:\/\/bfd\.example\.org:\d+\/$/);
    for (const wanted of ['/api/overview', '/api/runs', '/api/live', '/api/access', '/metrics']) {
      const answer = await ask(server, { path: wanted });
      expect([wanted, answer.status]).toEqual([wanted, 401]);
    }
    expect((await ask(server, { headers: bearer() })).status).toBe(200);
    expect((await ask(server, { path: '/metrics', headers: bearer() })).status).toBe(200);
    expect((await ask(server, { path: '/' })).status).toBe(200);
  });

  it('names that are not configured are refused', async () => {
    await using server = await serve({ ...OPEN, tls });
    const named = (host: string) => ask(server, { headers: { host, ...bearer() } });
    expect((await named('bfd.example.org')).status).toBe(200);
    expect((await named('evil.example')).status).toBe(421);
    expect((await named('localhost')).status).toBe(421);
  });

  it('without TLS nobody is answered, should it ever be asked to listen so', async () => {
    await using server = await serve(OPEN);
    const answer = await ask(server, { headers: { ...bearer(), host: 'bfd.example.org' } });
    expect([answer.status, code(answer)]).toEqual([403, 'BFD_PAGE_PROXY']);
  });

  it('only what a trusted proxy got by TLS is answered', async () => {
    await using trusted = await serve({
      ...OPEN,
      trustedProxies: ['127.0.0.0/8'],
      userHeader: 'X-User',
    });
    await using other = await serve({ ...OPEN, trustedProxies: ['10.0.0.0/8'] });
    const headers = {
      ...bearer(),
      host: 'bfd.example.org',
      'x-forwarded-proto': 'https',
      'x-user': 'ada@example.org',
    };

    expect((await ask(trusted, { headers })).status).toBe(200);
    expect(
      (await ask(trusted, { headers: { ...headers, 'x-forwarded-proto': 'http' } })).status,
    ).toBe(403);
    expect((await ask(other, { headers })).status).toBe(403);
    expect((await ask(trusted, { ...PAUSE, headers })).status).toBe(200);
    const { rows } = await sources.database.pool.query(
      'select asked_by from bfd_host.action order by action_id desc limit 1',
    );
    expect(rows).toEqual([{ asked_by: 'ada@example.org' }]);
    await isPaused();
  });

  it('a name that only a proxy may give is not taken from anybody else', async () => {
    await using server = await serve({ userHeader: 'x-user' });
    await ask(server, { ...PAUSE, headers: { ...bearer(), 'x-user': 'ada@example.org' } });
    const { rows } = await sources.database.pool.query(
      'select asked_by from bfd_host.action order by action_id desc limit 1',
    );
    expect(rows).toEqual([{ asked_by: 'page at 127.0.0.1' }]);
    await isPaused();
  });

  it('a certificate that cannot be used keeps the page away, with the reason', async () => {
    await writeFile(path.join(stateFolder, 'no.pem'), 'no certificate');
    const wrong = { certFile: path.join(stateFolder, 'no.pem'), keyFile: tls.keyFile };
    await expect(serve({ ...OPEN, tls: wrong })).rejects.toMatchObject({
      code: 'BFD_PAGE_UNAVAILABLE',
    });
    await expect(serve({ ...OPEN, tls: { ...tls, keyFile: '/nowhere' } })).rejects.toThrow(
      /ENOENT/,
    );
  });
});
