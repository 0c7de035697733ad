// The operator's page: everything that a browser gets to show, and what a scraper of metrics gets.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Evidence, evidence } from './sinks.ts';

const ROUTES = path.resolve(import.meta.dirname, '../../host/src/http/reading-routes.ts');

/** The part of an answer that leads to others. */
interface RunsPage {
  readonly runs: readonly { readonly runId: string }[];
  readonly next: string | null;
}

/** Asks a page for all it has of these jobs. */
export async function everythingOn(page: string, jobs: readonly string[]): Promise<Evidence[]> {
  const found: Evidence[] = [];
  const get = async (address: string) => {
    const response = await fetch(new URL(address, page));
    const text = await response.text();
    if (!response.ok) throw new Error(`${address}: ${text}`);
    found.push(evidence(address === '/metrics' ? 'Prometheus' : 'page', address, text));
    return text;
  };
  const now = Date.now();
  const span = `from=${new Date(now - 3_600_000).toISOString()}&to=${new Date(now).toISOString()}`;
  for (const address of [
    '/',
    '/metrics',
    '/api/access',
    '/api/overview',
    `/api/timeline?${span}`,
  ]) {
    await get(address);
  }
  for (const view of ['plan', 'hosts', 'work', 'actions']) await get(`/api/${view}`);
  for (const job of jobs) await get(`/api/jobs/${job}`);
  for (let after = ''; ; ) {
    const { runs, next }: RunsPage = JSON.parse(await get(`/api/runs?limit=200${after}`));
    for (const { runId } of runs) await get(`/api/runs/${runId}`);
    if (next === null) break;
    after = `&after=${next}`;
  }
  found.push(evidence('page', '/api/live', await firstOf(new URL('/api/live', page))));
  return found;
}

/** What a stream sends at first. */
async function firstOf(url: URL): Promise<Buffer> {
  const { body } = await fetch(url);
  if (!body) throw new Error(`${url} has no body`);
  // Leaving the loop ends the connection.
  for await (const chunk of body) return Buffer.from(chunk);
  throw new Error(`${url} sent nothing`);
}

/** Addresses that can be read, as the routes are written: `/api/jobs/:job`. */
export async function readableAddresses(): Promise<string[]> {
  const source = await readFile(ROUTES, 'utf8');
  return [...source.matchAll(/server\.get(?:<.*?>)?\('([^']+)'/g)].map(
    ([, address = '']) => address,
  );
}
