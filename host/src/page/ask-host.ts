// How the page asks its host. The token goes into a header that only this page can set; it is kept for this address.

import type { Access, ActionAnswer, Changes, Overview, Refusal } from '../http/api.ts';

const TOKEN_KEY = 'bfd-host-token';

/** The host answered that it does not do it. */
export class RefusedError extends Error {
  readonly code: string;
  readonly status: number;
  constructor({ code, message }: Refusal, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Takes the token out of the address that the host told, so that it is in no bookmark. */
export function takeTokenFromAddress(): void {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  keepToken(token);
  history.replaceState(null, '', location.pathname + location.search);
}

export function keepToken(token: string): void {
  localStorage.setItem(TOKEN_KEY, token.trim());
}

export function forgetToken(): void {
  localStorage.removeItem(TOKEN_KEY);
}

function headers(): HeadersInit {
  const token = localStorage.getItem(TOKEN_KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** @throws {@link RefusedError}, or a TypeError when nobody answers */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, { headers: headers(), ...(signal ? { signal } : {}) });
  return answerOf(response);
}

/** Does something. */
export async function act(path: string): Promise<ActionAnswer> {
  return answerOf(await fetch(path, { method: 'POST', headers: headers() }));
}

export async function readAccess(): Promise<Access> {
  return read<Access>('/api/access');
}

async function answerOf<T>(response: Response): Promise<T> {
  if (response.ok) return response.json();
  const refusal: Refusal = await response
    .json()
    .catch(() => ({ code: `HTTP ${response.status}`, message: 'The host did not say why.' }));
  throw new RefusedError(refusal, response.status);
}

export type News =
  | { readonly event: 'overview'; readonly data: Overview }
  | { readonly event: 'changes'; readonly data: Changes };

/** What is new, as long as the connection lasts. An EventSource would do it, but it sends no token. */
export async function* news(signal: AbortSignal): AsyncGenerator<News> {
  const response = await fetch('/api/live', { headers: headers(), signal });
  if (!response.ok || !response.body) await answerOf(response);
  let text = '';
  for await (const part of (response.body as ReadableStream<BufferSource>).pipeThrough(
    new TextDecoderStream(),
  )) {
    const messages = (text + part).split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) yield parse(message);
  }
}

function parse(message: string): News {
  const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(message) ?? [];
  return { event, data: JSON.parse(data) } as News; // our own server's
}
