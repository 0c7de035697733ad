// The operator's page: its files, what it reads as JSON, what is new as server-sent events, and what people do on it.
// What may be asked by whom is `guard.ts`; this file says what there is.

import { readFile } from 'node:fs/promises';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { PageSetting } from '../config/host-config.ts';
import { isPassing } from '../database/database-error.ts';
import { BfdError, HostFaultError } from '../errors.ts';
import { addActions } from './action-routes.ts';
import type { Refusal } from './api.ts';
import { type Asked, Guard } from './guard.ts';
import { listen } from './listen.ts';
import { LiveFeed } from './live-feed.ts';
import { OverviewReader } from './overview.ts';
import { NotFoundRefusal, PageRefusal, PageUnavailableError } from './page-error.ts';
import type { PageSources } from './page-sources.ts';
import { readOrMakeToken } from './page-token.ts';
import { addReading } from './reading-routes.ts';
import { HEADERS } from './response-headers.ts';
import { readStaticFiles, type StaticFile } from './static-files.ts';

/** A text that something else than the page reads, such as a scraper of metrics. */
export interface ServedText {
  /** From the root, such as `/metrics`. */
  readonly path: string;
  readonly contentType: string;
  read(): Promise<string> | string;
}

export interface PageOptions {
  readonly setting: PageSetting;
  readonly sources: PageSources;
  /** Served beside the page, to whoever may read it. */
  readonly texts?: readonly ServedText[];
  /** Told of errors that are the host's own; whoever asked gets a code. */
  onTrouble(error: unknown): void;
}

const MOST_BODY_BYTES = 1024;
const MOST_PARAMETER_CHARACTERS = 200;
const MOST_CONNECTIONS = 500;

export class PageServer implements AsyncDisposable {
  /** For a browser, without the token. */
  readonly url: string;
  readonly #server: FastifyInstance;
  readonly #feed: LiveFeed;

  private constructor(url: string, server: FastifyInstance, feed: LiveFeed) {
    this.url = url;
    this.#server = server;
    this.#feed = feed;
  }

  /** @throws {@link PageUnavailableError}: the host is to go on without it */
  static async start({
    setting,
    sources,
    texts = [],
    onTrouble,
  }: PageOptions): Promise<PageServer> {
    const token = await tokenOf(sources);
    const files = await readStaticFiles();
    const guard = new Guard(setting, token);
    const overview = new OverviewReader(sources);
    const feed = new LiveFeed(() => overview.read());
    const server = await makeServer(setting);
    guardAll(server, guard);
    answerErrors(server, onTrouble);
    addFiles(server, files);
    addReading(server, { sources, feed, guard });
    addActions(server, { sources, feed, guard });
    for (const text of texts) addText(server, text);
    server.server.maxConnections = MOST_CONNECTIONS;
    const url = await listen(server, setting);
    return new PageServer(url, server, feed);
  }

  /** Something happened: whoever looks is told at once. */
  hurry(): void {
    this.#feed.hurry();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#feed[Symbol.dispose]();
    this.#server.server.closeAllConnections();
    await this.#server.close();
  }
}

async function tokenOf({ setup }: PageSources): Promise<string> {
  const { stateFolder } = setup.config;
  return readOrMakeToken(stateFolder).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new PageUnavailableError(
      stateFolder,
      `does not take the file with the page's token${code}`,
      'Let the host\'s user write there, or set "http": false.',
    );
  });
}

async function makeServer({ tls }: PageSetting): Promise<FastifyInstance> {
  const https = tls && {
    cert: await readPem(tls.certFile),
    key: await readPem(tls.keyFile),
    minVersion: 'TLSv1.2' as const,
  };
  const options = {
    logger: false,
    bodyLimit: MOST_BODY_BYTES,
    routerOptions: { maxParamLength: MOST_PARAMETER_CHARACTERS },
    forceCloseConnections: true,
  };
  try {
    // Two types of server, one of which fastify's own types stand for.
    return (https
      ? fastify({ ...options, https })
      : fastify(options)) as unknown as FastifyInstance;
  } catch {
    throw new PageUnavailableError(
      tls?.certFile ?? 'the server',
      'and its key are no certificate and key that belong together',
      'Correct "http": { "tls": … } in host.config.json.',
    );
  }
}

async function readPem(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new PageUnavailableError(
      file,
      `cannot be read (${error.code})`,
      'Correct "http": { "tls": … } in host.config.json, or the rights of the file.',
    );
  });
}

function guardAll(server: FastifyInstance, guard: Guard): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    const refusal = guard.refusal(request.raw, askedOf(request));
    if (refusal) throw refusal;
  });
}

/** What of a route's answer is said where the route is made: that it is one of the page's own files. */
const FILE = { config: { asked: 'file' satisfies Asked } };

function askedOf({ method, routeOptions }: FastifyRequest): Asked {
  if (method === 'POST') return 'act';
  return 'asked' in routeOptions.config && routeOptions.config.asked === 'file' ? 'file' : 'read';
}

function answerErrors(server: FastifyInstance, onTrouble: (error: unknown) => void): void {
  server.setNotFoundHandler(async () => {
    throw new NotFoundRefusal();
  });
  server.setErrorHandler(async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    // A body that nobody takes would be read as the next request.
    if (request.method === 'POST') reply.header('connection', 'close');
    const { status, code, message } = answerTo(error, onTrouble);
    reply.status(status).type('application/json; charset=utf-8');
    return { code, message } satisfies Refusal;
  });
}

function answerTo(
  error: unknown,
  onTrouble: (error: unknown) => void,
): Refusal & { readonly status: number } {
  if (error instanceof PageRefusal) return answer(error.status, error);
  if (error instanceof BfdError) return answer(409, error);
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    // Fastify's own: a body that is too large or of another type, a path that cannot be read.
    const status = Number(error.statusCode);
    return { status, code: 'BFD_PAGE_REQUEST', message: 'The request was not understood.' };
  }
  onTrouble(error);
  if (isPassing(error)) {
    const message = 'The database cannot be used for the moment; the host keeps trying.';
    return { status: 503, code: 'BFD_DATABASE_TROUBLE', message };
  }
  return answer(500, new HostFaultError(error));
}

function answer(status: number, { code, message }: BfdError) {
  return { status, code, message };
}

/** Addresses of views: one file, which then looks at the address. */
const VIEWS = [
  '/',
  '/graph',
  '/timeline',
  '/runs',
  '/runs/:id',
  '/jobs/:job',
  '/work',
  '/hosts',
  '/actions',
];

function addFiles(server: FastifyInstance, files: ReadonlyMap<string, StaticFile>): void {
  const index = files.get('/index.html');
  for (const [address, file] of files) {
    server.get(address, FILE, async (request, reply) => sendFile(request, reply, file));
  }
  for (const view of VIEWS) {
    server.get(view, FILE, async (request, reply) => index && sendFile(request, reply, index));
  }
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: StaticFile): FastifyReply {
  const { type, bytes, gzipped, etag } = file;
  reply.headers({ 'cache-control': 'no-cache', etag, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === etag) return reply.status(304).send();
  reply.type(type);
  const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  return takesGzip ? reply.header('content-encoding', 'gzip').send(gzipped()) : reply.send(bytes);
}

function addText(server: FastifyInstance, { path, contentType, read }: ServedText): void {
  server.get(path, async (_request, reply) => reply.type(contentType).send(await read()));
}
