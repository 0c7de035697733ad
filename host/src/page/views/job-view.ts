// One job: how it stands and why, when it runs next, how long it took, and what people asked of it.

import type { JobDetail, JobSummary, RunsPage } from '../../http/api.ts';
import { jobButtons } from '../actions.ts';
import { read } from '../ask-host.ts';
import { durationChart } from '../chart.ts';
import {
  badge,
  empty,
  facts,
  jobLink,
  jobPath,
  lastResult,
  link,
  progressBar,
  runPath,
  runsTable,
  type Shown,
  streakText,
  weekText,
  when,
  withCommands,
} from '../elements.ts';
import { count, dayAndClock, duration } from '../moments.ts';
import type { Page } from '../state.ts';
import { html, nothing, type TemplateResult } from '../vendor/lit-html.js';
import type { View } from '../view.ts';
import { actionsTable } from './actions-view.ts';

export const jobView: View = {
  title: ({ name }) => name,
  load: async ({ name }, signal) => {
    const path = encodeURIComponent(name);
    const [detail, { runs }] = await Promise.all([
      read<JobDetail>(`/api/jobs/${path}`, signal),
      read<RunsPage>(`/api/runs?limit=10&job=${path}`, signal),
    ]);
    return (page) => show(page, name, detail, runs);
  },
  isOld: (changes, { name }) => changes.jobs?.some(({ job }) => job === name) === true,
};

function show(page: Page, name: string, detail: JobDetail, runs: RunsPage['runs']): Shown {
  const job = page.jobNamed(name);
  if (!job) return empty('Loading …');
  return html`
    <div class="head">
      <p>${badge(job.standing)} ${job.isLate ? badge('failed', 'late') : nothing}
        ${job.running ? html`${job.running.progress ? progressBar(job.running.progress, name) : nothing} ${link(runPath(job.running.runId), 'its run')}` : nothing}</p>
      ${jobButtons(page, job)}
    </div>
    ${job.description ? html`<p>${job.description}</p>` : nothing}
    <div class="columns">
      <section class="card"><h2>Why</h2>${why(detail, name)}</section>
      <section class="card"><h2>At a glance</h2>${glance(job, detail)}</section>
    </div>
    <section class="card"><h2 id="durations">How long its runs took</h2>${durations(detail, name)}</section>
    <section class="card"><h2>Latest runs</h2>
      ${runs.length === 0 ? empty('No run is recorded: it never had work, and none went wrong.') : runsTable(runs, { withJob: false })}
      ${runs.length === 0 ? nothing : html`<p>${link(`/runs?job=${encodeURIComponent(name)}`, 'All of its runs')}</p>`}
    </section>
    <div class="columns">
      <section class="card"><h2>Next fires</h2>${fires(detail, job)}</section>
      <section class="card"><h2>Settings</h2>${facts(detail.settings.map(({ name: label, value }) => [label, value]))}</section>
    </div>
    ${missed(detail)}
    <section class="card"><h2>What people asked</h2>
      ${detail.actions.length === 0 ? empty('Nothing yet.') : actionsTable(detail.actions, { withJob: false })}
    </section>`;
}

function why({ why: { verdict, because } }: JobDetail, name: string): TemplateResult {
  const remedies = [...new Set([verdict, ...because].flatMap(({ remedy }) => remedy ?? []))];
  return html`<p class="verdict">${withCommands(sentence(verdict.text))}</p>
    ${
      because.length === 0
        ? nothing
        : html`<ul class="because">${because.map(
            ({ job, text }) =>
              html`<li>${job === name ? nothing : html`${jobLink(job)}: `}${withCommands(text)}</li>`,
          )}</ul>`
    }
    ${remedies.map((remedy) => html`<p><span class="label">What to do:</span> ${withCommands(remedy)}</p>`)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function glance(job: JobSummary, { followers }: JobDetail): TemplateResult {
  const { last } = job;
  return facts([
    ['Last result', last && lastResult(last)],
    ['Last success', when(job.lastSuccessAt)],
    ['Last work', when(job.lastWorkAt)],
    ['Last looked', when(job.lastCheckedAt)],
    ['Streak', streakText(job)],
    ['Succeeded, 7 days', weekText(job)],
    ['Depends on', jobList(job.dependsOn.map((dependency) => dependency.job))],
    ['Others that depend on it', jobList(followers)],
    ['Plugin', `${job.plugin} ${job.pluginVersion}`],
    ['Version', job.version],
  ]);
}

function jobList(names: readonly string[]): Shown | null {
  if (names.length === 0) return null;
  return html`${names.map((name, index) => html`${index > 0 ? ', ' : ''}<a href=${jobPath(name)}>${name}</a>`)}`;
}

function durations({ durations: runs }: JobDetail, name: string): TemplateResult {
  if (runs.length < 2) return empty('Two recorded runs make a picture.');
  const sorted = runs.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const at = (share: number) => duration(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return html`<p>${count(runs.length)} runs: half took up to ${at(0.5)}, nine of ten up to ${at(0.9)}, the longest ${at(1)}.</p>
    ${durationChart(runs, `Durations of the last ${runs.length} recorded runs of ${name}`)}`;
}

function fires({ fires: next }: JobDetail, { schedule }: JobSummary): TemplateResult {
  if (!schedule) return empty('It is on no schedule.');
  if (next.length === 0) return empty('None.');
  return html`<p>${schedule.cron} in ${schedule.timezone}</p><ol class="fires">${next.map(
    ({ at, clockChange }) => html`<li>${dayAndClock(at)} <span class="quiet">${when(at)}</span>
      ${clockChange ? html`<span class="badge wait">${clockChange === 'gap-end' ? 'clock put forward' : 'clock put back'}</span>` : nothing}</li>`,
  )}</ol>`;
}

function missed({ missed: stretches }: JobDetail): Shown {
  if (stretches.length === 0) return nothing;
  return html`<section class="card"><h2>Missed fires</h2><ul>${stretches.map(
    ({ first, last, fires: number, reason }) =>
      html`<li>${count(number)} from ${dayAndClock(first)} to ${dayAndClock(last)}: ${reason.replaceAll('-', ' ')}</li>`,
  )}</ul></section>`;
}
