// A gate in front of S3: a real HTTP server that passes requests on and answers, or does not.

import {
  Agent,
  createServer,
  type IncomingMessage,
  request as passOn,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Step, Steps, Verdict } from './steps.ts';

/** The AWS SDK tries so often; to be heard by the job, a refusal must last. */
const TRIES = 3;

const UNWELL = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>`;

export class S3Gate implements AsyncDisposable {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #agent: Agent;

  private constructor(endpoint: string, server: Server, agent: Agent) {
    this.endpoint = endpoint;
    this.#server = server;
    this.#agent = agent;
  }

  static async before(endpoint: string, steps: Steps): Promise<S3Gate> {
    const agent = new Agent({ keepAlive: true });
    const door = new Door(new URL(endpoint), agent, steps);
    const server = createServer(
      { requestTimeout: 0 },
      (near, answer) => void door.enter(near, answer),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new S3Gate(`http://127.0.0.1:${address.port}`, server, agent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }
}

class Door {
  readonly #target: URL;
  readonly #agent: Agent;
  readonly #steps: Steps;
  /** What is refused, and how often still. */
  #refused: { readonly request: string; times: number } | undefined;

  constructor(target: URL, agent: Agent, steps: Steps) {
    this.#target = target;
    this.#agent = agent;
    this.#steps = steps;
  }

  async enter(near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const what = whatOf(near);
    if (this.#refused?.request === what && this.#refused.times > 0) {
      this.#refused.times--;
      refuse(near, answer);
      return;
    }
    const step = this.#steps.begin('s3', what);
    const verdict = await this.#steps.at(step, 'before');
    if (verdict === 'cut') near.destroy();
    else if (verdict === 'refuse') {
      this.#refused = { request: what, times: TRIES - 1 };
      refuse(near, answer);
    } else {
      this.#passOn(near, answer, step, verdict);
    }
  }

  #passOn(near: IncomingMessage, answer: ServerResponse, step: Step, verdict: Verdict): void {
    const { method, url, headers } = near;
    const { hostname, port } = this.#target;
    // The headers as they are, Host among them: it is part of what was signed.
    const way = { hostname, port, method, path: url, headers, setHost: false, agent: this.#agent };
    const far = passOn(way);
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
    answer.on('close', () => far.destroy());
    far.on('response', async (response) => {
      response.on('error', () => near.destroy());
      const isCut = (await this.#steps.at(step, 'after')) !== 'pass';
      if (isCut) {
        near.destroy();
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      if (verdict === 'tear') tear(response, answer);
      else response.pipe(answer);
    });
    near.pipe(far);
  }
}

/** Method and key or query, without the bucket: `GET people.csv`, `GET ?list-type`. */
function whatOf({ method, url = '/' }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  searchParams.delete('x-id'); // the SDK's own name for the call
  const [, , ...key] = decodeURIComponent(pathname).split('/');
  const [name] = searchParams.keys();
  return `${method} ${key.join('/')}${name === undefined ? '' : `?${name}`}`;
}

function refuse(near: IncomingMessage, answer: ServerResponse): void {
  near.resume();
  answer.writeHead(500, { 'content-type': 'application/xml' }).end(UNWELL);
}

/** Passes on half of the body, then ends the connection. Not at once: the job must have begun to read. */
function tear(response: IncomingMessage, answer: ServerResponse): void {
  const half = Math.floor(Number(response.headers['content-length'] ?? 0) / 2);
  let passed = 0;
  response.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, half - passed);
    passed += part.length;
    answer.write(part);
  });
  response.on('end', () => answer.socket?.end());
}
