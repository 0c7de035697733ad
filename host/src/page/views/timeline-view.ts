// Runs of all jobs in a window of time, a lane each. Where they are too many to draw, a mark says how many began.

import type { RunResult, Timeline } from '../../http/api.ts';
import { read } from '../ask-host.ts';
import { empty, jobPath, moodOf, runPath, type Shown } from '../elements.ts';
import { count, dayAndClock, duration, nowMs } from '../moments.ts';
import type { Page } from '../state.ts';
import { html, nothing, svg, type TemplateResult } from '../vendor/lit-html.js';
import { addressWith, goTo, type Params, type View } from '../view.ts';

type Bucket = Timeline['lanes'][number]['buckets'][number];

const HOUR_MS = 3_600_000;
const ZOOMS = [0.25, 1, 6, 24, 168];
const LANE = { height: 26, labels: 210, top: 26 };
const NARROWEST = 720;
const WIDEST = 1380;

interface Window {
  readonly hours: number;
  /** Its end; absent: now, and it moves on. */
  readonly to: number | undefined;
}

export const timelineView: View = {
  title: () => 'Timeline',
  load: async ({ query, name }, signal) => {
    const { hours, to = nowMs() } = windowOf(query);
    const [from, until] = [to - hours * HOUR_MS, to].map((ms) => new Date(ms).toISOString());
    const timeline = await read<Timeline>(`/api/timeline?from=${from}&to=${until}`, signal);
    return (page) => show(page, timeline, { query, name });
  },
  isOld: ({ jobs }, { query }) => jobs !== undefined && !query.has('to'),
};

function windowOf(query: URLSearchParams): Window {
  const hours = ZOOMS.find((zoom) => zoom === Number(query.get('hours'))) ?? 1;
  const to = Date.parse(query.get('to') ?? '');
  return { hours, to: Number.isNaN(to) ? undefined : to };
}

function zoomLabel(hours: number): string {
  if (hours < 1) return `${hours * 60} min`;
  return hours < 48 ? `${hours} h` : `${hours / 24} d`;
}

function show(page: Page, timeline: Timeline, params: Params): Shown {
  const { query } = params;
  const window = windowOf(query);
  const wanted = (query.get('q') ?? '').toLowerCase();
  const only = query.get('result') ?? '';
  const isFit = (result: RunResult | 'running') =>
    only === '' || (only === 'succeeded') === (result === 'succeeded');
  const runs = timeline.runs.filter(({ result }) => isFit(result));
  const fits = ([, all, notSucceeded]: Bucket) =>
    only === '' || (only === 'succeeded' ? all > notSucceeded : notSucceeded > 0);
  const marked = timeline.lanes
    .map(({ job, buckets }) => ({ job, buckets: buckets.filter(fits) }))
    .filter(({ buckets }) => buckets.length > 0);
  const seen = new Set([...runs, ...marked].map(({ job }) => job));
  const order = (page.overview?.jobs ?? []).map(({ job }) => job);
  const others = [...seen].filter((job) => !order.includes(job)).sort();
  const lanes = [...order, ...others].filter(
    (job) => seen.has(job) && job.toLowerCase().includes(wanted),
  );
  return html`
    ${tools(timeline, params, window)}
    ${
      lanes.length === 0
        ? empty('No run with work, and none that went wrong, in this stretch of time.')
        : html`<div class="scroll card timeline" tabindex="0" role="region" aria-label="Timeline; arrow keys move it, plus and minus zoom"
            @keydown=${onKey} @wheel=${onWheel}>
            ${drawing({ ...timeline, runs, lanes: marked }, lanes)}</div>`
    }
    <p class="quiet">${legend(timeline)}</p>`;
}

function legend({ runs, lanes, bucketMs }: Timeline): string {
  if (bucketMs === 0)
    return `${count(runs.length)} runs; each leads to its record. The list of runs tells the same.`;
  const all = lanes.flatMap(({ buckets }) => buckets).reduce((sum, [, began]) => sum + began, 0);
  return `${count(all)} runs, too many to draw: each mark is the runs that began within ${duration(bucketMs)}, the darker the more; red: not all succeeded. A mark leads closer.`;
}

function tools({ now }: Timeline, { query }: Params, { hours, to }: Window): TemplateResult {
  const address = (changes: Readonly<Record<string, string | null>>) =>
    addressWith('/timeline', query, changes);
  const end = to ?? Date.parse(now);
  const moved = (share: number) =>
    address({ to: new Date(end + share * hours * HOUR_MS).toISOString() });
  return html`<div class="tools">
    <nav class="choices" aria-label="How much time">${ZOOMS.map(
      (zoom) =>
        html`<a href=${address({ hours: String(zoom) })} aria-current=${zoom === hours ? 'true' : nothing}>${zoomLabel(zoom)}</a>`,
    )}</nav>
    <nav class="choices" aria-label="Which time">
      <a href=${moved(-0.5)}>Earlier</a>
      ${to === undefined ? nothing : html`<a href=${moved(0.5)}>Later</a>`}
      <a href=${address({ to: null })} aria-current=${to === undefined ? 'true' : nothing}>Now</a>
    </nav>
    <label>Filter <input type="search" placeholder="job" .value=${query.get('q') ?? ''}
      @input=${(event: InputEvent) => goTo(address({ q: (event.target as HTMLInputElement).value }), { replace: true })}></label>
    <label>Result <select @change=${(event: Event) => goTo(address({ result: (event.target as HTMLSelectElement).value }))}>
      ${[
        ['', 'any'],
        ['succeeded', 'succeeded'],
        ['not-succeeded', 'not succeeded'],
      ].map(
        ([value = '', label]) =>
          html`<option value=${value} ?selected=${(query.get('result') ?? '') === value}>${label}</option>`,
      )}</select></label>
    <span class="quiet">${dayAndClock(end - hours * HOUR_MS)} – ${dayAndClock(end)}</span>
  </div>`;
}

// From the address, not from what is drawn: keys come faster than answers.
function here(): { query: URLSearchParams; window: Window } {
  const query = new URLSearchParams(location.search);
  return { query, window: windowOf(query) };
}

function onKey(event: KeyboardEvent): void {
  const share = { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key];
  const zoom = { '+': -1, '=': -1, '-': 1 }[event.key];
  if (share === undefined && zoom === undefined) return;
  event.preventDefault();
  if (share !== undefined) move(share);
  else zoomBy(zoom ?? 0);
}

function onWheel(event: WheelEvent): void {
  if (!event.ctrlKey) return; // a page that scrolls is left to scroll
  event.preventDefault();
  zoomBy(Math.sign(event.deltaY));
}

function move(share: number): void {
  const { query, window } = here();
  const { hours, to = nowMs() } = window;
  const end = to + share * hours * HOUR_MS;
  const text = end >= nowMs() ? null : new Date(end).toISOString();
  goTo(addressWith('/timeline', query, { to: text }), { replace: true });
}

function zoomBy(by: number): void {
  const { query, window } = here();
  const next = ZOOMS[ZOOMS.indexOf(window.hours) + by];
  if (next !== undefined)
    goTo(addressWith('/timeline', query, { hours: String(next) }), { replace: true });
}

function drawing(timeline: Timeline, lanes: readonly string[]): TemplateResult {
  const { labels, top, height: lane } = LANE;
  // As wide as there is room for; a narrow window scrolls.
  const width = Math.max(NARROWEST, Math.min(WIDEST, document.documentElement.clientWidth - 60));
  const [from, to] = [Date.parse(timeline.from), Date.parse(timeline.to)];
  const x = (ms: number) =>
    labels + Math.min(1, Math.max(0, (ms - from) / (to - from))) * (width - labels - 8);
  const height = top + lanes.length * lane + 6;
  const place = new Map(lanes.map((job, index) => [job, top + index * lane]));
  return html`<svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="group" aria-label="Runs by job">
    ${ticks(from, to).map((ms) => svg`<g><line class="tick" x1=${x(ms)} x2=${x(ms)} y1=${top - 4} y2=${height}/><text class="tick-label" x=${x(ms)} y="14">${tickLabel(ms, to - from)}</text></g>`)}
    ${lanes.map(
      (job, index) => svg`<g>
      <rect class="lane ${index % 2 === 0 ? 'even' : ''}" x="0" y=${top + index * lane} width=${width} height=${lane}/>
      <a href=${jobPath(job)}><text class="lane-label" x="6" y=${top + index * lane + 17}>${job.length > 29 ? `${job.slice(0, 28)}…` : job}</text></a></g>`,
    )}
    ${timeline.runs.map(({ job, runId, result, startedAt, finishedAt, attempt }) => {
      const y = place.get(job);
      if (y === undefined) return nothing;
      const begin = Date.parse(startedAt);
      const end = finishedAt === null ? to : Date.parse(finishedAt);
      const told = `${job}, ${result}${attempt > 1 ? `, attempt ${attempt}` : ''}, ${dayAndClock(startedAt)}, ${finishedAt === null ? 'goes on' : `took ${duration(end - begin)}`}`;
      return svg`<a href=${runPath(runId)} tabindex="-1" aria-label=${told}><rect class="run ${moodOf(result)}" x=${x(begin)} y=${y + 5} width=${Math.max(3, x(end) - x(begin))} height=${lane - 10} rx="2"><title>${told}</title></rect></a>`;
    })}
    ${marks(timeline, place, x)}
  </svg>`;
}

function marks(
  { lanes, bucketMs, from }: Timeline,
  place: ReadonlyMap<string, number>,
  x: (ms: number) => number,
): readonly Shown[] {
  const most = Math.max(1, ...lanes.flatMap(({ buckets }) => buckets.map(([, runs]) => runs)));
  const hours = bucketMs >= 2 * HOUR_MS ? '24' : bucketMs > 600_000 ? '6' : '1';
  return lanes.flatMap(({ job, buckets }) => {
    const y = place.get(job);
    if (y === undefined) return [];
    return buckets.map(([index, runs, notSucceeded]) => {
      const begin = Date.parse(from) + index * bucketMs;
      const wrong = notSucceeded > 0 ? `, ${count(notSucceeded)} not succeeded` : '';
      const told = `${job}, ${count(runs)} runs from ${dayAndClock(begin)}${wrong}`;
      const to = new Date(begin + bucketMs / 2 + (Number(hours) * HOUR_MS) / 2).toISOString();
      const closer = `/timeline?${new URLSearchParams({ hours, q: job, to })}`;
      const shade = Math.ceil((4 * runs) / most);
      return svg`<a href=${closer} tabindex="-1" aria-label=${told}><rect class="run ${notSucceeded > 0 ? 'bad' : 'good'} shade-${shade}" x=${x(begin)} y=${y + 5} width=${Math.max(2, x(begin + bucketMs) - x(begin) - 0.5)} height=${LANE.height - 10}><title>${told}</title></rect></a>`;
    });
  });
}

const STEPS_MS = [
  60_000,
  120_000,
  300_000,
  600_000,
  1_800_000,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
];

/** Moments for a scale, in steps that a clock has. */
function ticks(from: number, to: number): number[] {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= 12) ?? 24 * HOUR_MS;
  const zone = new Date(to).getTimezoneOffset() * 60_000;
  const first = Math.ceil((from - zone) / step) * step + zone;
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}

const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });

function tickLabel(ms: number, windowMs: number): string {
  return windowMs > 48 * HOUR_MS ? DAY.format(ms) : TIME.format(ms);
}
