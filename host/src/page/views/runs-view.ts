// Runs that had work or did not succeed, newest first, page by page.

import type { RunsPage } from '../../http/api.ts';
import { read } from '../ask-host.ts';
import { empty, runsTable, type Shown } from '../elements.ts';
import type { Page } from '../state.ts';
import { html, nothing } from '../vendor/lit-html.js';
import { addressWith, goTo, type Params, type View } from '../view.ts';

const RESULTS = {
  '': 'any result',
  'not-succeeded': 'not succeeded',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  crashed: 'crashed',
  'timed-out': 'timed out',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  lost: 'lost',
};

export const runsView: View = {
  title: () => 'Runs',
  load: async ({ query, name }, signal) => {
    const runs = await read<RunsPage>(addressWith('/api/runs', query, {}), signal);
    return (page) => show(page, runs, { query, name });
  },
  // Older pages stay as they are.
  isOld: ({ jobs }, { query }) => jobs !== undefined && !query.has('after'),
};

function show(page: Page, { runs, next }: RunsPage, { query }: Params): Shown {
  const choose = (name: string) => (event: Event) =>
    goTo(
      addressWith('/runs', query, {
        [name]: (event.target as HTMLSelectElement).value,
        after: null,
      }),
    );
  return html`
    <div class="tools">
      <label>Job <select @change=${choose('job')}>
        <option value="" ?selected=${!query.has('job')}>all jobs</option>
        ${(page.overview?.jobs ?? []).map(
          ({ job }) =>
            html`<option value=${job} ?selected=${query.get('job') === job}>${job}</option>`,
        )}</select></label>
      <label>Result <select @change=${choose('result')}>${Object.entries(RESULTS).map(
        ([value, label]) =>
          html`<option value=${value} ?selected=${(query.get('result') ?? '') === value}>${label}</option>`,
      )}</select></label>
    </div>
    ${runs.length === 0 ? empty('No such run is recorded. A run that found nothing to do leaves no record.') : runsTable(runs)}
    <nav class="pages" aria-label="Pages">
      ${query.has('after') ? html`<a href=${addressWith('/runs', query, { after: null })}>Newest</a>` : nothing}
      ${next === null ? nothing : html`<a href=${addressWith('/runs', query, { after: next })}>Older</a>`}
    </nav>`;
}
