/** One request as S3 sees it: path-style bucket and key, query, and where the body comes from. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from './errors.ts';

export interface S3Request {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** As sent: the signature covers it, and a URL parser would fold away `..`. */
  readonly rawPath: string;
  readonly queryPairs: readonly (readonly [name: string, value: string])[];
  readonly query: ReadonlyMap<string, string>;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
}

export function parseRequest(http: IncomingMessage, response: ServerResponse): S3Request {
  const url = http.url ?? '';
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI', 'The path does not begin with "/"');
  const queryPairs = mark < 0 ? [] : parseQuery(url.slice(mark + 1));
  const slash = rawPath.indexOf('/', 1);
  return {
    http,
    response,
    method: http.method ?? '',
    rawPath,
    queryPairs,
    query: new Map(queryPairs),
    bucket: decode(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash)),
    key: slash < 0 ? '' : decode(rawPath.slice(slash + 1)),
  };
}

/** The value of a header; those that S3 uses come once or are joined by Node. */
export function header(request: S3Request, name: string): string | undefined {
  const value = request.http.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** Percent-decoded UTF-8. */
export function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new S3Error('InvalidURI', 'The address is not percent-encoded UTF-8');
  }
}

/** Percent-encoded as signatures and listings want it: all but letters, digits and `-._~`. */
export function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parseQuery(query: string): (readonly [string, string])[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [decode(part), '']
        : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}
