// The hosts on this database: what each runs, how it fares, and which plugins it has or refused.

import type { HostSummary, JobSummary } from '../../http/api.ts';
import { read } from '../ask-host.ts';
import { badge, empty, facts, icon, jobLink, type Shown, when } from '../elements.ts';
import { count, dayAndClock } from '../moments.ts';
import type { Page } from '../state.ts';
import { html, nothing, type TemplateResult } from '../vendor/lit-html.js';
import type { View } from '../view.ts';

export const hostsView: View = {
  title: () => 'Hosts and plugins',
  load: async (_params, signal) => {
    const { hosts } = await read<{ hosts: readonly HostSummary[] }>('/api/hosts', signal);
    return (page) => show(page, hosts);
  },
  isOld: ({ hosts }) => hosts !== undefined,
};

function show(page: Page, hosts: readonly HostSummary[]): Shown {
  const alive = page.overview?.hosts ?? hosts.filter(({ isAlive }) => isAlive);
  const gone = hosts.filter(({ bootId }) => !alive.some((host) => host.bootId === bootId));
  return html`
    ${plugins(page, alive)}
    <h2>Hosts</h2>
    ${alive.length === 0 ? empty('No host is running.') : alive.map((host) => card(host, page.overview?.jobs ?? []))}
    ${gone.length === 0 ? nothing : former(gone)}`;
}

function plugins({ overview }: Page, hosts: readonly HostSummary[]): TemplateResult {
  const names = [...new Set(hosts.flatMap((host) => Object.keys(host.plugins)))].sort();
  const quarantined = (overview?.jobs ?? []).filter(({ standing }) => standing === 'quarantined');
  const refused = [
    ...new Map(
      hosts
        .flatMap((host) => host.refused)
        .map((problem) => [problem.at + problem.problem, problem]),
    ).values(),
  ];
  return html`<section class="card"><h2>Plugins</h2>
    ${quarantined.map(({ job, reason }) => html`<p class="strip odd">${icon('odd')} ${jobLink(job)} ${reason}</p>`)}
    ${refused.length === 0 ? nothing : html`<ul class="strip bad">${refused.map(({ at, problem, code }) => html`<li>${icon('bad')} <strong>${at}</strong> ${problem} (${code})</li>`)}</ul>`}
    ${
      names.length === 0
        ? empty('No host has a plugin.')
        : html`<div class="scroll"><table class="list"><thead><tr><th scope="col">Plugin</th><th scope="col">Version</th><th scope="col">Jobs</th></tr></thead>
      <tbody>${names.map((name) => {
        const versions = [...new Set(hosts.flatMap((host) => host.plugins[name] ?? []))];
        const jobs = (overview?.jobs ?? []).filter(({ plugin }) => plugin === name);
        return html`<tr><th scope="row">${name}</th><td>${versions.join(', ')}${versions.length > 1 ? html` <span class="badge wait">${icon('wait')}differs by host</span>` : nothing}</td>
          <td class="wide">${jobs.map(({ job }, index) => html`${index > 0 ? ', ' : ''}${jobLink(job)}`)}</td></tr>`;
      })}</tbody></table></div>`
    }</section>`;
}

function card(host: HostSummary, jobs: readonly JobSummary[]): TemplateResult {
  const { machine, pid, version, isThis, processes, running } = host;
  const restarts = processes.reduce((sum, process) => sum + process.restarts, 0);
  return html`<section class="card"><h3>${machine ?? 'a host'} <span class="quiet">process ${pid}</span> ${badge('ready', 'alive')} ${isThis ? html`<span class="quiet">this page's host</span>` : nothing}</h3>
    ${facts([
      ['Version', version],
      [
        'Started',
        html`${dayAndClock(host.startedAt)} <span class="quiet">${when(host.startedAt)}</span>`,
      ],
      [
        'Runs now',
        running.length === 0
          ? `nothing, of ${host.concurrency} at a time`
          : html`${running.map((job, index) => html`${index > 0 ? ', ' : ''}${jobLink(job)}`)}, of ${host.concurrency} at a time`,
      ],
      [
        'Jobs',
        `${host.jobs.length}${jobs.length > host.jobs.length ? ` of ${jobs.length} found here` : ''}`,
      ],
      ['Memory', host.rssMb === null ? null : `${count(host.rssMb)} MiB`],
      ['Process deaths', processes.length === 0 ? null : String(restarts)],
      ['Isolation', host.isolation],
      [
        'Page',
        host.page && !isThis ? html`<a href=${host.page} rel="noreferrer">${host.page}</a>` : null,
      ],
    ])}
    ${processes.length === 0 ? nothing : processTable(host)}
  </section>`;
}

function processTable({ processes, machine }: HostSummary): TemplateResult {
  return html`<div class="scroll"><table class="list"><caption class="hidden">Job processes on ${machine}</caption><thead><tr>
      <th scope="col">Job process</th><th scope="col">State</th><th scope="col" class="number">Memory</th>
      <th scope="col" class="number">Runs</th><th scope="col" class="number">Deaths</th><th scope="col" class="number">Pid</th></tr></thead>
    <tbody>${processes.map(
      ({
        job,
        state,
        rssMb,
        runs,
        restarts,
        pid,
      }) => html`<tr><th scope="row">${jobLink(job)}</th><td>${state}</td>
        <td class="number">${rssMb === null ? '–' : `${count(Math.round(rssMb))} MiB`}</td><td class="number">${count(runs)}</td>
        <td class="number">${restarts > 0 ? html`<span class="error-text">${restarts}</span>` : '0'}</td><td class="number">${pid ?? '–'}</td></tr>`,
    )}</tbody></table></div>`;
}

function former(hosts: readonly HostSummary[]): TemplateResult {
  return html`<details class="card"><summary>${hosts.length} earlier starts</summary><div class="scroll"><table class="list">
    <thead><tr><th scope="col">Machine</th><th scope="col">Version</th><th scope="col">Started</th><th scope="col">Ended</th></tr></thead>
    <tbody>${hosts.map(
      ({
        machine,
        version,
        startedAt,
        stoppedAt,
        seenAt,
      }) => html`<tr><td>${machine}</td><td>${version}</td><td>${dayAndClock(startedAt)}</td>
        <td>${stoppedAt ? dayAndClock(stoppedAt) : html`${dayAndClock(seenAt)} <span class="quiet">seen last; it did not say that it stopped</span>`}</td></tr>`,
    )}</tbody></table></div></details>`;
}
