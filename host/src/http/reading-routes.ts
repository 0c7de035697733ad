// What the page reads.

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { HostJob } from '../catalog/host-job.ts';
import { isCursor, NOT_SUCCEEDED, runsPage } from '../runs/run-records.ts';
import type { RunResult } from '../runs/run-store.ts';
import { planAhead } from '../schedule/plan-ahead.ts';
import type { Access, Actions, RunsPage } from './api.ts';
import type { Guard } from './guard.ts';
import { jobDetail, readActions } from './job-view.ts';
import type { LiveFeed } from './live-feed.ts';
import { hostSummary } from './overview.ts';
import { NotFoundRefusal, RequestRefusal } from './page-error.ts';
import type { PageSources } from './page-sources.ts';
import { HEADERS } from './response-headers.ts';
import { runDetail, runSummary } from './run-view.ts';
import { timeline } from './timeline.ts';
import { readWork } from './work.ts';

export interface RouteTools {
  readonly sources: PageSources;
  readonly feed: LiveFeed;
  readonly guard: Guard;
}

const runsQuery = z.object({
  job: z.string().max(200).optional(),
  result: z.enum(['not-succeeded', 'running', 'succeeded', ...NOT_SUCCEEDED]).optional(),
  after: z.string().max(120).refine(isCursor).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const moment = z.iso.datetime().transform((text) => new Date(text));
const timelineQuery = z.object({ from: moment, to: moment });
const DAY_MS = 86_400_000;
const planQuery = z.object({ days: z.coerce.number().int().min(1).max(31).default(7) });
export const RUN_ID = z.uuid();

export function addReading(server: FastifyInstance, { sources, feed, guard }: RouteTools): void {
  const { setup, database, hosts, bootId } = sources;

  server.get('/api/access', async (request) => {
    return { mayAct: guard.mayAct(request.raw) } satisfies Access;
  });

  server.get('/api/overview', async () => feed.overview());

  server.get('/api/live', async (request, reply) => {
    const { raw } = reply;
    // Streams until whoever listens goes away: nothing that fastify could send at the end.
    request.raw.socket.setTimeout(0);
    raw.on('close', () => feed.remove(raw));
    const start = () =>
      raw.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    await feed.add(raw, start);
    reply.hijack();
  });

  server.get('/api/jobs/:job', async (request) =>
    jobDetail(jobOf(request.params, sources), sources),
  );

  server.get('/api/runs', async (request) => {
    const { job, result, after, limit } = parse(
      runsQuery,
      request.query,
      'job, result, after, limit',
    );
    const { runs, next } = await runsPage(database.pool, {
      limit,
      ...(job === undefined ? {} : { job }),
      ...(after === undefined ? {} : { after }),
      ...resultFilter(result),
    });
    const now = new Date().toISOString();
    return { now, runs: runs.map(runSummary), next } satisfies RunsPage;
  });

  server.get<{ Params: { id: string } }>('/api/runs/:id', async ({ params }) => {
    const { data: runId } = RUN_ID.safeParse(params.id);
    if (!runId) throw new NotFoundRefusal();
    return runDetail(runId, sources);
  });

  server.get('/api/timeline', async ({ query }) =>
    timeline(parse(timelineQuery, query, '"from" and "to" as 2026-03-01T00:00:00Z'), sources),
  );

  server.get('/api/plan', async ({ query }) => {
    const { days } = parse(planQuery, query, '"days" from 1 to 31');
    const from = new Date();
    return planAhead(setup.jobs, from, new Date(from.getTime() + days * DAY_MS));
  });

  server.get('/api/hosts', async () => {
    const all = await hosts.hosts({ all: true, limit: 50 });
    return { now: new Date().toISOString(), hosts: all.map((host) => hostSummary(host, bootId)) };
  });

  server.get('/api/work', async () => readWork(sources));

  server.get('/api/actions', async () => {
    const actions = await readActions(sources, null, 200);
    return { now: new Date().toISOString(), actions } satisfies Actions;
  });
}

export function jobOf(params: unknown, { setup }: PageSources): HostJob {
  const { data } = z.object({ job: z.string() }).safeParse(params);
  const job = setup.jobs.find(({ name }) => name === data?.job);
  if (!job) throw new NotFoundRefusal();
  return job;
}

function parse<S extends z.ZodType>(schema: S, given: unknown, expected: string): z.output<S> {
  const { data, success } = schema.safeParse(given);
  if (!success) throw new RequestRefusal(expected);
  return data;
}

function resultFilter(result: z.output<typeof runsQuery>['result']): {
  results?: readonly RunResult[] | 'running';
} {
  switch (result) {
    case undefined:
      return {};
    case 'running':
      return { results: 'running' };
    case 'not-succeeded':
      return { results: NOT_SUCCEEDED };
    default:
      return { results: [result as RunResult] };
  }
}
