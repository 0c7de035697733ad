/** The forms of an answer. */
import type { ServerResponse } from 'node:http';
import type { S3Request } from './request.ts';
import { document } from './xml.ts';

export type Headers = Readonly<Record<string, string | number>>;

export function answerXml({ response }: S3Request, root: string, headers: Headers = {}): void {
  writeXml(response, 200, root, headers);
}

export function answerEmpty({ response }: S3Request, status: number, headers: Headers = {}): void {
  response.writeHead(status, { ...(status === 204 ? {} : { 'content-length': 0 }), ...headers });
  response.end();
}

export function writeXml(
  response: ServerResponse,
  status: number,
  root: string,
  headers: Headers,
): void {
  const body = document(root);
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body); // Node leaves the body out for HEAD
}

export const XML_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
