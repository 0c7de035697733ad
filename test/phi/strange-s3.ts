// An S3 endpoint that answers each request with an error full of what it was asked for. Real ones do so too: they repeat
// keys, and behind a proxy say anything.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Person } from './people.ts';

export class StrangeS3 implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param personOf - whose data is asked for, by the MBI in the key */
  static async start(personOf: (mbi: string) => Person | undefined): Promise<StrangeS3> {
    const server = createServer((request, response) => {
      const [, bucket = '', ...key] = new URL(request.url ?? '', 'http://s3').pathname.split('/');
      const whose = personOf(key.at(-1) ?? '');
      // Such as `doctor`, which asks whether there is an S3 at all.
      if (!whose) return void response.writeHead(403).end();
      const { status, type, body, length } = answer(bucket, whose);
      response.writeHead(status, {
        'content-type': type,
        'content-length': length ?? Buffer.byteLength(body),
        'x-amz-request-id': whose.hicn,
      });
      response.write(body);
      if (length === undefined) response.end();
      else setImmediate(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StrangeS3(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** What the header promises, if that is more than comes. */
  readonly length?: number;
}

function answer(bucket: string, whose: Person): Answer {
  switch (bucket) {
    case 'own-code':
      return xml(409, whose.surname.replace(/\W/g, ''), whose);
    case 'denied':
      return xml(403, 'AccessDenied', whose);
    case 'unknown-key':
      return xml(403, 'InvalidAccessKeyId', whose);
    case 'early-end':
      return { status: 200, type: 'text/csv', body: `${whose.mbi}|${whose.ssn}`, length: 4096 };
    default:
      return {
        status: 400,
        type: 'text/html',
        body: `<html><h1>${whose.surname} ${whose.mbi}</h1>& <p>${whose.address}`,
      };
  }
}

function xml(status: number, code: string, { mbi, surname, address, phone }: Person): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${surname} of ${address} may not
    be read</Message><Key>${mbi}</Key><AWSAccessKeyId>${phone}</AWSAccessKeyId><Resource>/${mbi}</Resource></Error>`;
  return { status, type: 'application/xml', body };
}
