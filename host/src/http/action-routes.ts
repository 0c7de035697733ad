// What people do on the page. The token is asked for before any of this (`guard.ts`).

import type { FastifyInstance } from 'fastify';
import { actOnJob, actOnRun } from './actions.ts';
import { NotFoundRefusal } from './page-error.ts';
import { jobOf, type RouteTools, RUN_ID } from './reading-routes.ts';

interface Named {
  readonly Params: { readonly action: string; readonly id?: string };
}

export function addActions(server: FastifyInstance, { sources, feed, guard }: RouteTools): void {
  // Which job or run and what to do is in the address; a body has nothing to say.
  server.removeAllContentTypeParsers();

  server.post<Named>('/api/jobs/:job/:action', async ({ params, raw }) => {
    const answer = await actOnJob(jobOf(params, sources), params.action, sources, guard.asker(raw));
    feed.hurry();
    return answer;
  });

  server.post<Named>('/api/runs/:id/:action', async ({ params, raw }) => {
    const { data: runId } = RUN_ID.safeParse(params.id);
    if (!runId) throw new NotFoundRefusal();
    const answer = await actOnRun(runId, params.action, sources, guard.asker(raw));
    feed.hurry();
    return answer;
  });
}
