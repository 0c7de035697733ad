// Who may ask what. The page decides nothing by a cookie, so that no other site can act in somebody's name: the token
// comes in a header that only the page itself can set. What follows also stops what needs no token.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { addressMatcher } from '../config/address-range.ts';
import type { PageSetting } from '../config/host-config.ts';
import {
  HostNameRefusal,
  MethodRefusal,
  OriginRefusal,
  type PageRefusal,
  ProxyRefusal,
  TokenRefusal,
} from './page-error.ts';
import { isToken } from './page-token.ts';

export type Asked =
  /** Files of the page, which hold nothing. */
  | 'file'
  /** Reads what is recorded. */
  | 'read'
  /** Does something. */
  | 'act';

const METHODS = new Set(['GET', 'HEAD', 'POST']);

export class Guard {
  readonly #setting: PageSetting;
  readonly #token: string;
  readonly #isTrustedProxy: (address: string) => boolean;
  readonly #names: ReadonlySet<string>;

  constructor(setting: PageSetting, token: string) {
    this.#setting = setting;
    this.#token = token;
    this.#isTrustedProxy = addressMatcher(setting.trustedProxies);
    const own = setting.isLoopback ? ['localhost'] : [hostname(), setting.host];
    this.#names = new Set([...own, ...setting.names].map((name) => name.toLowerCase()));
  }

  /** Why a request is not answered; `undefined` if it is. */
  refusal(request: IncomingMessage, asked: Asked): PageRefusal | undefined {
    if (!METHODS.has(request.method ?? '')) return new MethodRefusal();
    if (!this.#isOurs(request.headers.host)) return new HostNameRefusal();
    if (!this.#isPrivate(request)) return new ProxyRefusal();
    if (asked === 'file') return undefined;
    if (!this.#isOfThePage(request)) return new OriginRefusal();
    const needsToken = asked === 'act' || !this.#isForThisMachineAlone;
    return needsToken && !this.mayAct(request) ? new TokenRefusal() : undefined;
  }

  /** Whether whoever asks has the token. */
  mayAct({ headers }: IncomingMessage): boolean {
    const [, given = ''] = /^Bearer ([\w-]{1,100})$/.exec(headers.authorization ?? '') ?? [];
    return isToken(given, this.#token);
  }

  /** Who asks, for the record: whom a trusted proxy names, else from where. */
  asker(request: IncomingMessage): string {
    const { userHeader } = this.#setting;
    const address = request.socket.remoteAddress ?? '';
    const named =
      userHeader && this.#isTrustedProxy(address) && request.headers[userHeader.toLowerCase()];
    if (typeof named === 'string' && NAME.test(named)) return named;
    return `page at ${address.replace(/^::ffff:/, '')}`;
  }

  // A page of somebody else whose name was made to lead here (DNS rebinding) is known by that name. An address is no name,
  // and on this machine alone only its own are asked for.
  #isOurs(host: string | undefined): boolean {
    const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '') ?? [];
    const name = (bracketed ?? plain ?? '').toLowerCase();
    if (this.#names.has(name)) return true;
    return this.#setting.isLoopback ? LOOPBACK(name) : isIP(name) !== 0;
  }

  get #isForThisMachineAlone(): boolean {
    return this.#setting.isLoopback && this.#setting.trustedProxies.length === 0;
  }

  #isPrivate({ socket, headers }: IncomingMessage): boolean {
    // Whoever put a proxy before a page that is open to this machine opened it to others without saying so.
    if (this.#isForThisMachineAlone) return !FORWARDED.some((name) => headers[name] !== undefined);
    const { tls, trustedProxies } = this.#setting;
    if (trustedProxies.length === 0) return tls !== undefined;
    if (!this.#isTrustedProxy(socket.remoteAddress ?? '')) return false;
    return tls !== undefined || headers['x-forwarded-proto'] === 'https';
  }

  // Browsers say so, and pages cannot change it. Programs say nothing; they have no other site in them.
  #isOfThePage({ headers }: IncomingMessage): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    const { origin } = headers;
    if (origin === undefined) return true;
    return URL.canParse(origin) && new URL(origin).host === headers.host?.toLowerCase();
  }
}

/** What a name of somebody may be, to be written down. */
const NAME = /^[\w@.+-][\w@.+ -]{0,99}$/;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'via'];
const LOOPBACK = addressMatcher(['127.0.0.0/8', '::1/128']);
