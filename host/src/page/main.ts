// The page: which view an address is, the frame around it, and when it is drawn again.

import type { Changes } from '../http/api.ts';
import { forgetToken, keepToken, RefusedError, takeTokenFromAddress } from './ask-host.ts';
import { empty, icon, type Shown } from './elements.ts';
import { type Connection, Page } from './state.ts';
import { html, nothing, render, type TemplateResult } from './vendor/lit-html.js';
import type { Params, Render, View } from './view.ts';
import { goTo } from './view.ts';
import { actionsView } from './views/actions-view.ts';
import { graphView } from './views/graph-view.ts';
import { hostsView } from './views/hosts-view.ts';
import { jobView } from './views/job-view.ts';
import { jobsView } from './views/jobs-view.ts';
import { runView } from './views/run-view.ts';
import { runsView } from './views/runs-view.ts';
import { timelineView } from './views/timeline-view.ts';
import { workView } from './views/work-view.ts';

const NAVIGATION = [
  ['/', 'Jobs'],
  ['/graph', 'Graph'],
  ['/timeline', 'Timeline'],
  ['/runs', 'Runs'],
  ['/work', 'Data sets'],
  ['/hosts', 'Hosts'],
  ['/actions', 'Actions'],
] as const;

const ROUTES: readonly (readonly [pattern: RegExp, view: View])[] = [
  [/^\/$/, jobsView],
  [/^\/jobs\/([^/]+)$/, jobView],
  [/^\/graph$/, graphView],
  [/^\/timeline$/, timelineView],
  [/^\/runs$/, runsView],
  [/^\/runs\/([^/]+)$/, runView],
  [/^\/work$/, workView],
  [/^\/hosts$/, hostsView],
  [/^\/actions$/, actionsView],
];

interface Current {
  readonly view: View | undefined;
  readonly params: Params;
  readonly stop: AbortController;
  render?: Render;
  error?: string;
  isLoading: boolean;
  isOld: boolean;
}

const LOAD_AGAIN_MS = 1000;

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no element "app"');
const page = new Page(onChange);
let current = matching();
let isDrawPending = false;

takeTokenFromAddress();
root.replaceChildren();
void navigate({ isFirst: true });
void page.listen();
addEventListener('popstate', () => void navigate({ isFirst: false }));
addEventListener('hashchange', () => {
  takeTokenFromAddress();
  page.listenAnew();
});
document.addEventListener('click', followLink);
// So that "3 s ago" becomes "4 s ago".
setInterval(draw, 1000);

function matching(): Current {
  const path = location.pathname;
  const query = new URLSearchParams(location.search);
  const [pattern, view] = ROUTES.find(([fits]) => fits.test(path)) ?? [];
  const name = decodeURIComponent(pattern?.exec(path)?.[1] ?? '');
  return {
    view,
    params: { name, query },
    stop: new AbortController(),
    isLoading: false,
    isOld: false,
  };
}

async function navigate({ isFirst }: { isFirst: boolean }): Promise<void> {
  const before = current;
  before.stop.abort();
  current = matching();
  const isSameView = before.view === current.view && before.params.name === current.params.name;
  // What was shown stays until there is something new, where only a filter changed.
  if (isSameView && before.render && current.view) current.render = before.render;
  draw();
  await load();
  if (isFirst || isSameView) return;
  scrollTo(0, 0);
  document.getElementById('title')?.focus();
}

async function load(): Promise<void> {
  const loading = current;
  const { view, params, stop } = loading;
  if (!view || loading.isLoading) return;
  loading.isLoading = true;
  loading.isOld = false;
  try {
    loading.render = await view.load(params, stop.signal);
    delete loading.error;
  } catch (error) {
    if (stop.signal.aborted) return;
    loading.error = errorText(error);
  }
  loading.isLoading = false;
  draw();
  if (loading.isOld) setTimeout(() => loading === current && void load(), LOAD_AGAIN_MS);
}

function errorText(error: unknown): string {
  if (error instanceof RefusedError) return error.message;
  return 'The host does not answer.';
}

function onChange(changes: Changes | undefined): void {
  draw();
  if (!changes || !current.view?.isOld(changes, current.params)) return;
  if (current.isLoading) current.isOld = true;
  else void load();
}

function draw(): void {
  if (isDrawPending) return;
  isDrawPending = true;
  queueMicrotask(() => {
    isDrawPending = false;
    const title = current.view?.title(current.params) ?? 'Not found';
    document.title = `${title} · bfd-host`;
    render(frame(title), root as HTMLElement);
  });
}

function frame(title: string): TemplateResult {
  return html`
    <a class="skip" href="#main">To the content</a>
    <header>
      <a class="brand" href="/">bfd-host</a>
      <nav aria-label="Views">${NAVIGATION.map(
        ([path, label]) =>
          html`<a href=${path} aria-current=${isHere(path) ? 'page' : nothing}>${label}</a>`,
      )}</nav>
      ${connection(page.connection)}${access()}
    </header>
    <main id="main">
      <h1 id="title" tabindex="-1">${title}</h1>
      ${content()}
    </main>
    <div class="notices" role="status">${page.notices.map(
      ({ id, kind, text }) => html`<p class="notice ${kind}">${text}
        <button type="button" aria-label="Dismiss" @click=${() => page.dismiss(id)}>×</button></p>`,
    )}</div>`;
}

function isHere(path: string): boolean {
  const here = location.pathname;
  if (path === '/') return here === '/' || here.startsWith('/jobs/');
  return here === path || here.startsWith(`${path}/`);
}

function content(): Shown {
  if (page.connection === 'locked')
    return unlockForm('This page shows nothing without the token of its host.');
  if (!current.view) return empty('There is nothing at this address.');
  if (current.error !== undefined)
    return html`<p class="strip bad">${icon('bad')} ${current.error}</p>`;
  return current.render ? current.render(page) : empty('Loading …');
}

const CONNECTION_WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'the host does not answer',
  locked: 'locked',
};

function connection(state: Connection): TemplateResult {
  return html`<span class="connection ${state}" role="status"><span class="dot" aria-hidden="true"></span>${CONNECTION_WORDS[state]}</span>`;
}

function access(): Shown {
  if (page.connection === 'locked' || page.connection === 'connecting') return nothing;
  if (page.mayAct) {
    const lock = () => {
      forgetToken();
      page.listenAnew();
    };
    return html`<button type="button" class="plain" @click=${lock} title="Forget the token in this browser">Lock</button>`;
  }
  return html`<details class="unlock"><summary>Read only</summary>${unlockForm('Actions need the token of this host.')}</details>`;
}

function unlockForm(text: string): TemplateResult {
  const unlock = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.target as HTMLFormElement).elements.namedItem('token') as HTMLInputElement;
    keepToken(field.value);
    field.value = '';
    page.listenAnew();
    void load();
  };
  return html`<form class="card" @submit=${unlock}>
    <p>${text} <code>npx bfd-host hosts</code>, where it runs, shows the address with it.</p>
    <label>Token <input name="token" type="password" autocomplete="off" required></label>
    <button type="submit" class="action">Unlock</button></form>`;
}

// Links of the page change the view and load no page; with a key held down they do what the browser does.
function followLink(event: MouseEvent): void {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    return;
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  const href = anchor?.getAttribute('href');
  if (!href?.startsWith('/')) return;
  event.preventDefault();
  if (href !== location.pathname + location.search) goTo(href);
}
