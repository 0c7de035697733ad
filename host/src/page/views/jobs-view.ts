// All jobs on one screen: what stands still comes first in words, then a row for each.

import type { JobSummary } from '../../http/api.ts';
import { jobButtons } from '../actions.ts';
import {
  badge,
  empty,
  icon,
  jobLink,
  lastResult,
  link,
  progressBar,
  runPath,
  type Shown,
  streakText,
  weekText,
  when,
  withCommands,
} from '../elements.ts';
import type { Page } from '../state.ts';
import { repeat } from '../vendor/directives/repeat.js';
import { html, nothing, type TemplateResult } from '../vendor/lit-html.js';
import { addressWith, goTo, type Params, type View } from '../view.ts';

const FILTERS: Readonly<
  Record<string, { readonly label: string; fits(job: JobSummary): boolean }>
> = {
  '': { label: 'All', fits: () => true },
  active: {
    label: 'Running or waiting',
    fits: ({ standing }) => standing === 'running' || standing === 'waiting',
  },
  attention: { label: 'Need attention', fits: (job) => attentionText(job) !== undefined },
  enabled: {
    label: 'Enabled',
    fits: ({ standing }) => standing !== 'disabled' && standing !== 'refused',
  },
};

export const jobsView: View = {
  title: () => 'Jobs',
  load: async (params) => (page) => show(page, params),
  isOld: () => false,
};

/** Why somebody should look at a job. */
export function attentionText(job: JobSummary): string | undefined {
  const { standing, reason, failureStreak, isLate, last } = job;
  if (standing === 'refused' || standing === 'quarantined') return reason ?? standing;
  if (standing === 'disabled') return undefined;
  if (failureStreak > 0 && last) {
    const times = failureStreak === 1 ? '' : `, ${failureStreak} times in a row`;
    return `${last.result}${times}: ${last.errorCode ?? ''} ${last.error ?? ''}`;
  }
  return isLate ? 'late: its latest success is older than it may be' : undefined;
}

function show(page: Page, params: Params): Shown {
  const { overview } = page;
  if (!overview) return empty('Loading …');
  const { query } = params;
  const wanted = (query.get('q') ?? '').toLowerCase();
  const filter = FILTERS[query.get('show') ?? ''] ?? FILTERS[''];
  const jobs = overview.jobs.filter(
    (job) =>
      filter?.fits(job) && (job.job.toLowerCase().includes(wanted) || job.plugin.includes(wanted)),
  );
  return html`
    ${attention(overview.jobs)}
    ${overview.hosts.length === 0 ? html`<p class="strip bad">${icon('bad')} No host is running.</p>` : nothing}
    <div class="tools">
      <label>Filter <input type="search" .value=${query.get('q') ?? ''} placeholder="job or plugin"
        @input=${(event: InputEvent) =>
          goTo(addressWith('/', query, { q: (event.target as HTMLInputElement).value }), {
            replace: true,
          })}></label>
      <nav class="choices" aria-label="Which jobs">${Object.entries(FILTERS).map(
        ([name, { label, fits }]) => html`<a href=${addressWith('/', query, { show: name })}
          aria-current=${FILTERS[name] === filter ? 'true' : nothing}>${label} <span class="count">${overview.jobs.filter(fits).length}</span></a>`,
      )}</nav>
    </div>
    ${jobs.length === 0 ? empty('No job fits.') : table(page, jobs)}`;
}

function attention(jobs: readonly JobSummary[]): Shown {
  const lines = jobs.flatMap((job) => {
    const text = attentionText(job);
    return text === undefined
      ? []
      : [html`<li>${icon('bad')} ${jobLink(job.job)} ${withCommands(text)}</li>`];
  });
  if (lines.length === 0) return nothing;
  return html`<section class="strip bad" aria-label="Needs attention"><ul>${lines}</ul></section>`;
}

function table(page: Page, jobs: readonly JobSummary[]): TemplateResult {
  return html`<div class="scroll"><table class="list jobs">
    <thead><tr>
      <th scope="col">Job</th><th scope="col">State</th><th scope="col">Next fire</th><th scope="col">Last result</th>
      <th scope="col">Streak</th><th scope="col" title="Of the recorded runs of seven days">Succeeded, 7 days</th>
      <th scope="col">Last success</th>${page.mayAct ? html`<th scope="col"><span class="hidden">Actions</span></th>` : nothing}
    </tr></thead>
    <tbody>${repeat(
      jobs,
      ({ job }) => job,
      (job) => row(page, job),
    )}</tbody>
  </table></div>`;
}

function row(page: Page, job: JobSummary): TemplateResult {
  const { standing, last, schedule } = job;
  return html`<tr class=${standing === 'disabled' ? 'dim' : ''}>
    <th scope="row">${jobLink(job.job)}<span class="under">${job.plugin} ${job.version}</span></th>
    <td>${badge(standing)}${stateDetail(job)}</td>
    <td>${job.nextFireAt ? when(job.nextFireAt) : html`<span class="quiet">–</span>`}${
      schedule
        ? html`<span class="under" title=${schedule.timezone}>${schedule.cron}</span>`
        : nothing
    }</td>
    <td>${last ? lastResult(last) : html`<span class="quiet">never ran</span>`}</td>
    <td>${streakText(job)}</td>
    <td>${weekText(job)}</td>
    <td>${when(job.lastSuccessAt)}${job.isLate ? html` <span class="badge bad">${icon('bad')}late</span>` : nothing}</td>
    ${page.mayAct ? html`<td class="end">${jobButtons(page, job)}</td>` : nothing}
  </tr>`;
}

function stateDetail({ running, reason, standing, job }: JobSummary): Shown {
  if (running) {
    return html`<span class="under">${
      running.progress ? progressBar(running.progress, job) : html`since ${when(running.since)}`
    } ${link(runPath(running.runId), 'run')}</span>`;
  }
  return reason !== null && standing !== 'disabled'
    ? html`<span class="under reason">${withCommands(reason)}</span>`
    : nothing;
}
