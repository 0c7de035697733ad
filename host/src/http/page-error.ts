// What the page refuses, and why it is not there.

import { BfdError } from '../errors.ts';

/** A request that is not answered, with its HTTP status. */
export abstract class PageRefusal extends BfdError {
  abstract readonly status: number;
}

/** The request names a host that this is not: a name that leads here by DNS rebinding, or one that is not configured. */
export class HostNameRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_HOST';
  readonly status = 421;
  constructor() {
    super(
      'This page is not known by the name in the address. Use the address that `bfd-host hosts` shows, or add the ' +
        'name to "http": { "names": [ … ] } in host.config.json.',
    );
  }
}

/** Another site asks, in the browser of somebody who may. */
export class OriginRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_ORIGIN';
  readonly status = 403;
  constructor() {
    super('Only the page itself may ask this, and the request comes from another site.');
  }
}

export class TokenRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_TOKEN';
  readonly status = 401;
  constructor() {
    super(
      'This needs the token of this host. `bfd-host hosts`, run where the host runs, shows the address with it.',
    );
  }
}

/** The way here is not private: no proxy that is trusted, or one that was itself asked without TLS. */
export class ProxyRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_PROXY';
  readonly status = 403;
  constructor() {
    super(
      'Only trusted proxies may ask, for what came to them by https: "http": { "trustedProxies": [ … ] }.',
    );
  }
}

export class MethodRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_METHOD';
  readonly status = 405;
  constructor() {
    super('The page answers to GET, HEAD and POST.');
  }
}

export class NotFoundRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_NOT_FOUND';
  readonly status = 404;
  constructor() {
    super('There is nothing at this address.');
  }
}

/** A parameter of the request is not as it must be. */
export class RequestRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_REQUEST';
  readonly status = 400;
  constructor(expected: string) {
    super(`The request was not understood: expected ${expected}.`);
  }
}

/** As many listen already as may. */
export class BusyRefusal extends PageRefusal {
  readonly code = 'BFD_PAGE_BUSY';
  readonly status = 503;
  constructor() {
    super('Too many pages are open. Close some, or look at another host.');
  }
}

/** The page cannot be there at all; jobs run without it. */
export class PageUnavailableError extends BfdError {
  readonly code = 'BFD_PAGE_UNAVAILABLE';
  constructor(where: string, why: string, remedy: string) {
    super(`The operator's page is not there: ${where} ${why}. ${remedy} Jobs run all the same.`);
  }
}
