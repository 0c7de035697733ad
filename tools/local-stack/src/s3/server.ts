/**
 * A small S3: what the AWS SDK and common tools need of it, on the disk of this machine, for a first
 * minute and for tests. Loopback only, and every request must be signed.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { systemCode } from '../errors.ts';
import { writeXml } from './answers.ts';
import { S3Error } from './errors.ts';
import { Layout } from './layout.ts';
import { PROOF_PATH, proofFor } from './proof.ts';
import { parseRequest } from './request.ts';
import { route, type Services } from './routes.ts';
import { type Credentials, checkSignature } from './signature.ts';
import { ObjectStore } from './store.ts';
import { Uploads } from './uploads.ts';
import { element, field } from './xml.ts';

export interface S3ServerOptions extends Credentials {
  /** Holds all state; made if absent. */
  readonly folder: string;
  /** Taken if it is free, else any. */
  readonly port: number;
  /** See `proof.ts`. */
  readonly proofKey: string;
  /** For faults of ours; gets no key and no content. */
  readonly log: (line: string) => void;
}

export interface S3Server {
  readonly port: number;
  /** Takes no more requests, lets those under way finish for a moment, then ends them. */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 2000;
const DRAIN_MS = 10_000;

export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const layout = await Layout.open(options.folder);
  const uploads = new Uploads(layout.uploadsFolder);
  await uploads.removeAbandoned(Date.now());
  const services = { store: new ObjectStore(layout), uploads };
  const answer = (http: IncomingMessage, response: ServerResponse): void => {
    void handle(http, response, services, options);
  };
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, answer);
  // Without this Node would ask for the body before we have looked at the signature.
  server.on('checkContinue', answer);
  const port = (await listen(server, options.port)) ?? (await listen(server, 0));
  if (port === undefined) throw new Error('no port is free on 127.0.0.1');
  return { port, close: () => close(server) };
}

async function handle(
  http: IncomingMessage,
  response: ServerResponse,
  services: Services,
  options: S3ServerOptions,
): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amz-request-id', requestId);
  try {
    const request = parseRequest(http, response);
    if (request.rawPath === PROOF_PATH) {
      response.end(proofFor(options.proofKey, request.query.get('challenge') ?? ''));
      return;
    }
    const signed = checkSignature(request, options, Date.now());
    await route(request, signed, services);
  } catch (error) {
    refuse(http, response, requestId, asS3Error(error, http, options.log));
  } finally {
    drain(http);
  }
}

function refuse(
  http: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  error: S3Error,
): void {
  if (response.headersSent) {
    response.destroy(); // in the middle of an object: a cut connection is the only honest sign
    return;
  }
  const root = element(
    'Error',
    field('Code', error.code),
    field('Message', error.message),
    field('RequestId', requestId),
  );
  // A client that waits for "100 Continue" has sent nothing, and will not once it is refused.
  const isWaiting = http.headers.expect !== undefined && !http.complete;
  const closing = isWaiting ? { connection: 'close' } : {};
  writeXml(response, error.status, root, { ...closing, ...error.headers });
}

// The rest of a body nobody wants. Cutting the connection at once could cost the client our answer;
// reading for ever could cost us: so for a while.
function drain(http: IncomingMessage): void {
  if (http.complete) return;
  http.resume();
  const timer = setTimeout(() => http.destroy(), DRAIN_MS);
  timer.unref();
  http.once('close', () => clearTimeout(timer));
}

function asS3Error(error: unknown, http: IncomingMessage, log: (line: string) => void): S3Error {
  if (error instanceof S3Error) return error;
  // Neither message nor path: both may hold a key.
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const kind = systemCode(error) ?? (error instanceof Error ? error.name : typeof error);
  log(`internal error in ${http.method}: ${kind}\n${frames.join('\n')}`);
  return new S3Error('InternalError', `The server has a fault (${kind}); its log says where`);
}

function listen(server: Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      if (systemCode(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    };
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : undefined);
    });
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(timer);
}
