// What a view is: it loads what it needs for an address, and shows it with what the page knows anyway.

import type { Changes } from '../http/api.ts';
import type { Shown } from './elements.ts';
import type { Page } from './state.ts';

export interface Params {
  /** The part of the path behind the view's name, such as a job. */
  readonly name: string;
  readonly query: URLSearchParams;
}

export type Render = (page: Page) => Shown;

export interface View {
  title(params: Params): string;
  load(params: Params, signal: AbortSignal): Promise<Render>;
  /** Whether what was loaded is old now. */
  isOld(changes: Changes, params: Params): boolean;
}

/** The same address with other parameters; `null` takes one away. */
export function addressWith(
  path: string,
  query: URLSearchParams,
  changes: Readonly<Record<string, string | null>>,
): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') changed.delete(name);
    else changed.set(name, value);
  }
  const text = changed.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Goes to an address as if a link to it had been followed. */
export function goTo(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  dispatchEvent(new PopStateEvent('popstate'));
}
