// `bfd-host why JOB`: one verdict, and what is behind it.

import { codeOf } from '../database/database-error.ts';
import { HostRegistry } from '../engine/host-registry.ts';
import { RunQueue } from '../engine/queue.ts';
import { readSetup, type Setup } from '../setup.ts';
import { askWhy, whyRefused } from '../why/ask-why.ts';
import type { Explanation } from '../why/cause.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStoreOf } from './open-store.ts';
import { print, printJson } from './output.ts';
import { unknownJob } from './unknown-job.ts';

export interface WhyOptions {
  readonly config: string;
  readonly json?: boolean;
  /** A moment of its schedule instead of now. */
  readonly at?: string;
}

export async function whyCommand(name: string, options: WhyOptions): Promise<ExitCode> {
  const setup = await readSetup(options.config, process.env);
  const explanation = await answer(name, setup, options.at);
  if (options.json) printJson(explanation);
  else print(tell(explanation));
  return explanation.verdict.kind === 'database-unreachable' ? EXIT.failed : EXIT.ok;
}

async function answer(name: string, setup: Setup, at: string | undefined): Promise<Explanation> {
  const { jobs, catalog, config } = setup;
  const job = jobs.find((known) => known.name === name);
  if (!job) {
    const refused = whyRefused(name, catalog);
    if (refused) return refused;
    throw unknownJob(name, jobs);
  }
  try {
    await using open = await openStoreOf(setup);
    const { database, store, bootId } = open;
    await using queue = await RunQueue.open(database, [], () => {});
    const hosts = new HostRegistry(database, bootId);
    return await askWhy(job, { database, queue, store, hosts, jobs, pools: config.pools }, at);
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error) !== 'BFD_DATABASE_UNREACHABLE') throw error;
    const kind = 'database-unreachable';
    const text = 'the database cannot be reached from here, and without it no host starts a run';
    return { job: name, verdict: { kind, job: name, text, remedy: error.message }, because: [] };
  }
}

/**
 * @example
 * beneficiary-mbi-fixup: the last run of ccw-rif-load failed (BFD_RIF_DATE).
 *   ccw-rif-load: its last run failed, 2026-11-28T15:30:00Z (2 min 5 s ago): BFD_RIF_DATE: …
 *   What to do: …
 */
function tell({ job, verdict, because }: Explanation): string {
  const lines = [`${job}: ${verdict.text}.`];
  for (const cause of because) {
    lines.push(cause.job === job ? `  ${cause.text}` : `  ${cause.job}: ${cause.text}`);
  }
  const remedies = [verdict, ...because].flatMap(({ remedy }) => remedy ?? []);
  for (const remedy of new Set(remedies)) lines.push(`  What to do: ${remedy}`);
  return lines.join('\n');
}
