// The graph of dependencies, drawn, with the state of each job in colour and in words; and the same as a list, for whom a
// drawing says nothing.

import type { JobSummary } from '../../http/api.ts';
import { badge, empty, jobLink, jobPath, moodOf, type Shown } from '../elements.ts';
import { duration, nowMs } from '../moments.ts';
import type { Page } from '../state.ts';
import { html, nothing, svg, type TemplateResult } from '../vendor/lit-html.js';
import { addressWith, type Params, type View } from '../view.ts';

type Layout = typeof import('../graph-layout.ts');

let placed: { readonly key: string; readonly graph: ReturnType<Layout['placeGraph']> } | undefined;

export const graphView: View = {
  title: () => 'Graph',
  load: async (params) => {
    const layout = await import('../graph-layout.ts');
    return (page) => show(page, params, layout);
  },
  isOld: () => false,
};

function show({ overview }: Page, { query }: Params, layout: Layout): Shown {
  if (!overview) return empty('Loading …');
  const withDisabled = query.get('show') === 'all';
  const jobs = overview.jobs.filter(({ standing }) => withDisabled || standing !== 'disabled');
  if (jobs.length === 0) return empty('There are no jobs.');
  const left = overview.jobs.length - jobs.length;
  return html`
    <div class="tools"><nav class="choices" aria-label="Which jobs">
      <a href=${addressWith('/graph', query, { show: null })} aria-current=${withDisabled ? nothing : 'true'}>Without disabled</a>
      <a href=${addressWith('/graph', query, { show: 'all' })} aria-current=${withDisabled ? 'true' : nothing}>All</a>
    </nav>${left > 0 ? html`<span class="quiet">${left} disabled are not shown</span>` : nothing}</div>
    <div class="scroll card graph">${drawing(jobs, layout)}</div>
    <details><summary>The same as a list</summary>${list(jobs)}</details>`;
}

// Placed anew only when jobs or dependencies change, not with each state.
function placedGraph(jobs: readonly JobSummary[], { placeGraph }: Layout) {
  const key = JSON.stringify(jobs.map(({ job, dependsOn }) => [job, dependsOn]));
  if (placed?.key !== key) placed = { key, graph: placeGraph(jobs) };
  return placed.graph;
}

function drawing(jobs: readonly JobSummary[], layout: Layout): TemplateResult {
  const { width, height, boxes, arrows } = placedGraph(jobs, layout);
  const byName = new Map(jobs.map((job) => [job.job, job]));
  return html`<svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="group" aria-label="Jobs and what they depend on">
    <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
      <path class="tip" d="M0 0.5 8 4 0 7.5z"/></marker></defs>
    ${arrows.map(({ path, from, to, version }) => svg`<path class="arrow" d=${path} marker-end="url(#tip)"><title>${to} depends on ${from}${version ? ` ${version}` : ''}</title></path>`)}
    ${boxes.map(({ job, x, y }) => {
      const known = byName.get(job);
      return known ? box(known, x, y, layout.BOX) : nothing;
    })}
  </svg>`;
}

function box(
  job: JobSummary,
  x: number,
  y: number,
  { width, height }: Layout['BOX'],
): TemplateResult {
  const mood = moodOf(
    job.standing === 'ready' && job.failureStreak > 0 && job.last ? job.last.result : job.standing,
  );
  const words = stateWords(job);
  return svg`<a href=${jobPath(job.job)}>
    <g transform="translate(${x} ${y})">
      <rect class="box ${mood}" width=${width} height=${height} rx="8"><title>${words}</title></rect>
      <rect class="edge ${mood}" x="1" y="1" width="5" height=${height - 2} rx="2.5"/>
      <text class="name" x="16" y="23">${shortened(job.job, 26)}</text>
      <text class="state ${mood}" x="16" y="42">${shortened(words, 30)}</text>
    </g></a>`;
}

function stateWords({ standing, running, last, failureStreak, reason }: JobSummary): string {
  if (running) {
    const { progress } = running;
    const share = progress?.total
      ? `, ${Math.floor((100 * progress.done) / progress.total)} %`
      : '';
    return `running for ${duration(nowMs() - Date.parse(running.since))}${share}`;
  }
  if (standing === 'waiting') return `waiting${reason ? `: ${reason}` : ''}`;
  if (standing !== 'ready') return standing;
  if (!last) return 'ready, never ran';
  return failureStreak > 0
    ? `last run ${last.result}`
    : `ready, last ${last.outcome === 'nothing-to-do' ? 'had nothing to do' : last.result}`;
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function list(jobs: readonly JobSummary[]): TemplateResult {
  return html`<ul>${jobs.map(
    ({ job, standing, dependsOn }) =>
      html`<li>${jobLink(job)} ${badge(standing)} ${
        dependsOn.length === 0
          ? 'depends on no other'
          : html`depends on ${dependsOn.map(({ job: other, version }, index) => html`${index > 0 ? ', ' : ''}${jobLink(other)}${version ? ` ${version}` : ''}`)}`
      }</li>`,
  )}</ul>`;
}
