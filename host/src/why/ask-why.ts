// The question as command and page put it: about a job by its name, now or at one moment of its schedule.

import type { Catalog, Refusal } from '../catalog/catalog.ts';
import type { HostJob } from '../catalog/host-job.ts';
import type { Cause, Explanation } from './cause.ts';
import { explain } from './explain.ts';
import { explainMoment } from './explain-moment.ts';
import { readWhyFacts, type WhySources } from './why-facts.ts';

/**
 * @param job - one of `sources.jobs`
 * @param at - a moment of its schedule, as `explainMoment` takes it; now if absent
 */
export async function askWhy(job: HostJob, sources: WhySources, at?: string): Promise<Explanation> {
  const facts = await readWhyFacts(sources);
  return at === undefined
    ? explain(job.name, facts)
    : explainMoment(job, at, facts, sources.database);
}

/** Why a job is in no list of jobs: it, or its plugin, was refused. `undefined` if none of the refused has it. */
export function whyRefused(name: string, { refused }: Catalog): Explanation | undefined {
  const causes = refused
    .filter(({ job, jobs }) => (job === undefined ? jobs?.includes(name) : job === name))
    .map((refusal) => refusalCause(name, refusal));
  const [verdict, ...because] = causes;
  return verdict && { job: name, verdict, because };
}

function refusalCause(job: string, { code, folder, problem, remedy }: Refusal): Cause {
  const text = `${folder} was not loaded: ${problem} (${code})`;
  return { kind: 'plugin-refused', job, text, remedy };
}
