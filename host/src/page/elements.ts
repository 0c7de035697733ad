// Pieces that several views show. Texts from the host are always set as text.

import type { JobSummary, RunResult, RunSummary, Standing } from '../http/api.ts';
import { amount, count, dayAndClock, duration, far, nowMs, words } from './moments.ts';
import { html, nothing, svg, type TemplateResult } from './vendor/lit-html.js';

export type Shown = TemplateResult | typeof nothing | string;

type Mood = 'good' | 'busy' | 'bad' | 'wait' | 'off' | 'odd';

const MOODS: Readonly<Record<Standing | RunResult, Mood>> = {
  running: 'busy',
  waiting: 'wait',
  ready: 'good',
  paused: 'off',
  quarantined: 'odd',
  disabled: 'off',
  refused: 'bad',
  succeeded: 'good',
  failed: 'bad',
  crashed: 'bad',
  'timed-out': 'bad',
  cancelled: 'off',
  interrupted: 'off',
  lost: 'odd',
};

const ICONS: Readonly<Record<Mood, TemplateResult>> = {
  good: svg`<path d="M3 8.5 6.5 12 13 4.5"/>`,
  busy: svg`<path class="filled" d="M5 3.5v9l7.5-4.5z"/>`,
  bad: svg`<path d="m4 4 8 8m0-8-8 8"/>`,
  wait: svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.2L10 10"/>`,
  off: svg`<path d="M4 8h8"/>`,
  odd: svg`<path d="M8 3v6.5M8 12.6v.2"/>`,
};

export function moodOf(state: Standing | RunResult): Mood {
  return MOODS[state];
}

/** A state: a mark, a colour and a word, any of which is enough. */
export function badge(state: Standing | RunResult, word: string = state): TemplateResult {
  const mood = moodOf(state);
  return html`<span class="badge ${mood}">${icon(mood)}${word}</span>`;
}

export function icon(mood: Mood): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${ICONS[mood]}</svg>`;
}

/** A moment by how far off it is; the moment itself shows when it is pointed at. */
export function when(moment: string | null, none = 'never'): Shown {
  if (moment === null) return html`<span class="quiet">${none}</span>`;
  const ms = Date.parse(moment) - nowMs();
  const text = ms > 0 ? `in ${far(ms)}` : `${far(-ms)} ago`;
  return html`<time datetime=${moment} title=${dayAndClock(moment)}>${text}</time>`;
}

export function link(href: string, text: Shown): TemplateResult {
  return html`<a href=${href}>${text}</a>`;
}

export const jobPath = (job: string): string => `/jobs/${encodeURIComponent(job)}`;
export const runPath = (runId: string): string => `/runs/${runId}`;

/** A job's last result and when; a run that found nothing left no record to lead to. */
export function lastResult(last: NonNullable<JobSummary['last']>): TemplateResult {
  const { result, outcome, runId, finishedAt } = last;
  const at = when(finishedAt);
  return html`${badge(result)} <span class="under">${outcome === 'nothing-to-do' ? at : link(runPath(runId), at)}</span>`;
}

export function jobLink(job: string): TemplateResult {
  return link(jobPath(job), job);
}

export function progressBar(
  progress: NonNullable<RunSummary['progress']>,
  name: string,
): TemplateResult {
  const { done, total, unit, label, rowsPerSecond, secondsLeft } = progress;
  const said = [
    total ? `${amount(done, unit)} of ${amount(total, unit)}` : amount(done, unit),
    ...(rowsPerSecond === undefined ? [] : [`${count(Math.round(rowsPerSecond))} rows/s`]),
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft * 1000)} left`]),
  ].join(' · ');
  const file = label?.split('/').at(-1);
  return html`<span class="progress">
    ${
      total
        ? html`<progress max=${total} value=${Math.min(done, total)} aria-label="${name}: progress"></progress>`
        : nothing
    }
    <span>${total ? `${Math.floor((100 * done) / total)} % · ` : ''}${file ? `${file} · ` : ''}${said}</span>
  </span>`;
}

/** What came of a run. */
export function outcomeText(run: RunSummary): Shown {
  if (run.errorCode)
    return html`<span class="error-text">${run.errorCode}</span> ${run.error ?? ''}`;
  if (run.result === 'running' && run.progress) return progressBar(run.progress, run.job);
  const counts = Object.entries(run.counts).filter(([, value]) => value !== 0);
  if (counts.length === 0) return run.outcome === 'nothing-to-do' ? 'nothing to do' : nothing;
  return counts.map(([name, value]) => `${count(value)} ${words(name)}`).join(', ');
}

export function triggerText({ trigger, triggerDetail }: RunSummary): string {
  switch (trigger) {
    case 'schedule':
      return triggerDetail ? `schedule, ${dayAndClock(triggerDetail)}` : 'schedule';
    case 'dependency':
      return `after ${triggerDetail ?? 'another job'}`;
    case 'startup':
      return 'start of a host';
    case 'manual':
      return `asked for by ${triggerDetail ?? 'somebody'}`;
    default:
      return trigger;
  }
}

export function runsTable(runs: readonly RunSummary[], { withJob = true } = {}): TemplateResult {
  return html`<div class="scroll"><table class="list">
    <thead><tr>
      <th scope="col">Started</th>${withJob ? html`<th scope="col">Job</th>` : nothing}
      <th scope="col">Result</th><th scope="col" class="number">Took</th><th scope="col">Why</th><th scope="col">What</th>
    </tr></thead>
    <tbody>${runs.map(
      (run) => html`<tr>
        <td><a href=${runPath(run.runId)} title=${run.runId}>${dayAndClock(run.startedAt)}</a></td>
        ${withJob ? html`<th scope="row">${jobLink(run.job)}</th>` : nothing}
        <td>${badge(run.result)}${run.attempt > 1 ? html` <span class="quiet">attempt ${run.attempt}</span>` : nothing}</td>
        <td class="number">${run.result === 'running' ? duration(nowMs() - Date.parse(run.startedAt)) : duration(run.durationMs)}</td>
        <td>${triggerText(run)}</td>
        <td class="wide">${outcomeText(run)}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

export function streakText({ failureStreak, nothingToDoStreak }: JobSummary): Shown {
  if (failureStreak > 0) {
    return html`<span class="error-text">${failureStreak} ${failureStreak === 1 ? 'failure' : 'failures'}</span>`;
  }
  if (nothingToDoStreak > 0) return `nothing to do × ${count(nothingToDoStreak)}`;
  return html`<span class="quiet">–</span>`;
}

/** The share of runs that succeeded: of those with work or trouble, since others leave no record. */
export function weekText({ week }: JobSummary): Shown {
  const { succeeded, ended } = week;
  if (ended === 0) return html`<span class="quiet">–</span>`;
  const share = (100 * succeeded) / ended;
  const shown = share === 100 || share === 0 ? String(share) : Math.min(99.9, share).toFixed(1);
  return html`<span class=${share < 95 ? 'error-text' : ''}>${shown} %</span> <span class="quiet">of ${count(ended)}</span>`;
}

export function facts(
  rows: readonly (readonly [name: string, value: Shown | null])[],
): TemplateResult {
  return html`<dl class="facts">${rows
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function empty(text: string): TemplateResult {
  return html`<p class="quiet empty">${text}</p>`;
}

/** Text in which `this` is a command. */
export function withCommands(text: string): (TemplateResult | string)[] {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
