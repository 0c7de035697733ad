// One run: each attempt with what came of it, where it failed and what to do, and what it logged.

import type { Attempt, RunDetail, ShownLine } from '../../http/api.ts';
import { actionButton } from '../actions.ts';
import { read } from '../ask-host.ts';
import {
  badge,
  empty,
  facts,
  jobLink,
  progressBar,
  type Shown,
  triggerText,
  withCommands,
} from '../elements.ts';
import { clock, count, dayAndClock, duration, nowMs, words } from '../moments.ts';
import type { Page } from '../state.ts';
import { html, nothing, type TemplateResult } from '../vendor/lit-html.js';
import type { View } from '../view.ts';

const KEPT_LINES = 300;

/** Which job a run is of, once it is known: changes of that job are changes of the run. */
const jobs = new Map<string, string>();

export const runView: View = {
  title: ({ name }) => `Run ${name.slice(0, 8)}`,
  load: async ({ name }, signal) => {
    const run = await read<RunDetail>(`/api/runs/${encodeURIComponent(name)}`, signal);
    jobs.set(name, run.job);
    return (page) => show(page, run);
  },
  isOld: (changes, { name }) => changes.jobs?.some(({ job }) => job === jobs.get(name)) === true,
};

function show(page: Page, { runId, job, attempts }: RunDetail): Shown {
  const latest = attempts.at(-1);
  if (!latest) return nothing;
  const target = `runs/${runId}`;
  const isRunning = latest.result === 'running';
  const mayRetry = !isRunning && latest.result !== 'succeeded';
  return html`
    <div class="head">
      <p>${jobLink(job)} ${badge(latest.result)} <code class="id">${runId}</code></p>
      <span class="buttons">
        ${isRunning ? actionButton(page, 'cancel', target, `run of ${job}`) : nothing}
        ${mayRetry ? actionButton(page, 'retry', target, `run of ${job}`) : nothing}
      </span>
    </div>
    ${attempts.toReversed().map((attempt) => showAttempt(attempt, attempts.length))}`;
}

function showAttempt(attempt: Attempt, ofThem: number): TemplateResult {
  const { result, startedAt, finishedAt, durationMs, machine, bootId, traceId, progress } = attempt;
  const tookMs = result === 'running' ? nowMs() - Date.parse(startedAt) : durationMs;
  const isOnly = ofThem === 1 && attempt.attempt === 1;
  return html`<section class="card">
    ${isOnly ? html`<h2 class="hidden">The run</h2>` : html`<h2>Attempt ${attempt.attempt} ${badge(result)}</h2>`}
    ${result === 'running' && progress ? html`<p>${progressBar(progress, attempt.job)}</p>` : nothing}
    ${errorBox(attempt)}
    ${facts([
      ['Why', triggerText(attempt)],
      ['Started', dayAndClock(startedAt)],
      ['Ended', finishedAt && dayAndClock(finishedAt)],
      [result === 'running' ? 'Running for' : 'Took', duration(tookMs)],
      ['Waited', attempt.dueAt && waitText(attempt.dueAt, attempt)],
      [
        'Outcome',
        attempt.outcome === 'nothing-to-do' ? 'nothing to do' : attempt.outcome && 'work done',
      ],
      ['Version', attempt.version],
      ['Job', `${attempt.jobVersion}, plugin ${attempt.plugin} ${attempt.pluginVersion}`],
      ['Host', machine ?? bootId],
      ['Trace', traceId && html`<code class="id">${traceId}</code>`],
    ])}
    ${counts(attempt)}
    ${log(attempt)}
  </section>`;
}

function waitText(dueAt: string, { startedAt, waitedFor }: Attempt): string | null {
  const ms = Date.parse(startedAt) - Date.parse(dueAt);
  if (ms < 1000) return null;
  return waitedFor ? `${duration(ms)}: ${waitedFor}` : duration(ms);
}

function errorBox({ errorCode, error, remedy, places, result }: Attempt): Shown {
  if (errorCode === null) return nothing;
  return html`<div class="strip ${result === 'cancelled' || result === 'interrupted' ? 'off' : 'bad'}">
    <p><strong>${errorCode}</strong> ${error}</p>
    ${remedy ? html`<p><span class="label">What to do:</span> ${withCommands(remedy)}</p>` : nothing}
    ${places.length > 0 ? html`<ul class="places" aria-label="Places">${places.map((place) => html`<li><code>${place}</code></li>`)}</ul>` : nothing}
  </div>`;
}

function counts({ counts: given }: Attempt): Shown {
  const rows = Object.entries(given);
  if (rows.length === 0) return nothing;
  return html`<h3>Counts</h3><dl class="facts counts">${rows.map(
    ([name, value]) => html`<div><dt>${words(name)}</dt><dd>${count(value)}</dd></div>`,
  )}</dl>`;
}

function log({ log: lines, attempt }: Attempt): Shown {
  if (lines.length === 0) return html`<h3>Log</h3>${empty('It logged nothing.')}`;
  const note =
    lines.length >= KEPT_LINES
      ? html` <span class="quiet">the last ${KEPT_LINES} lines</span>`
      : nothing;
  return html`<h3 id="log-${attempt}">Log${note}</h3>
    <div class="scroll log" tabindex="0" role="region" aria-labelledby="log-${attempt}"><table>
      <thead class="hidden"><tr><th scope="col">Time</th><th scope="col">Level</th><th scope="col">Line</th></tr></thead>
      <tbody>${lines.map(logLine)}</tbody>
    </table></div>`;
}

function logLine({ at, level, message, fields }: ShownLine): TemplateResult {
  return html`<tr class=${level}>
    <td><time datetime=${at}>${clock(at)}</time></td>
    <td>${level}</td>
    <td>${message}${Object.entries(fields).map(
      ([name, value]) =>
        html` <span class="field"><span class="quiet">${name}</span> ${typeof value === 'number' ? count(value) : String(value)}</span>`,
    )}</td>
  </tr>`;
}
