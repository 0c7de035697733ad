// What jobs have in hand, such as data sets and their files, as the views of their plugins tell.

import type { Work, WorkItem } from '../../http/api.ts';
import { read } from '../ask-host.ts';
import { empty, type Shown, when } from '../elements.ts';
import { amount } from '../moments.ts';
import type { Page } from '../state.ts';
import { repeat } from '../vendor/directives/repeat.js';
import { html, nothing, type TemplateResult } from '../vendor/lit-html.js';
import type { View } from '../view.ts';

export const workView: View = {
  title: () => 'Data sets',
  load: async (_params, signal) => {
    const work = await read<Work>('/api/work', signal);
    return (page) => show(page, work);
  },
  isOld: ({ jobs }) => jobs !== undefined,
};

function show(_page: Page, { items, schemas }: Work): Shown {
  if (schemas.length === 0) return empty('No plugin here tells what it has in hand.');
  if (items.length === 0) return empty('Nothing has been found yet.');
  return html`${repeat(
    items,
    ({ schema, name }) => `${schema} ${name}`,
    (item) => card(item),
  )}`;
}

function card(item: WorkItem): TemplateResult {
  const { kind, name, state, parts, changedAt, schema } = item;
  const isOver = item.total !== null && item.done >= item.total;
  return html`<section class="card work"><h2>${name} <span class="quiet">${kind}, ${schema}</span></h2>
    <p>${stateBadge(state)} ${bar(item, name)} <span class="quiet">${when(changedAt, '')}</span></p>
    ${
      parts.length === 0
        ? nothing
        : html`<details ?open=${!isOver}><summary>${parts.length} ${parts[0]?.kind}${parts.length === 1 ? '' : 's'}</summary>
      <div class="scroll"><table class="list"><thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">Done</th><th scope="col">Changed</th></tr></thead>
      <tbody>${parts.map(
        (part) =>
          html`<tr><th scope="row">${part.name}</th><td>${stateBadge(part.state)}</td><td>${bar(part, part.name)}</td><td>${when(part.changedAt, '–')}</td></tr>`,
      )}</tbody></table></div></details>`
    }</section>`;
}

function bar({ done, total, unit }: Omit<WorkItem, 'schema' | 'parts'>, name: string): Shown {
  if (total === null) return done === 0 ? nothing : amount(done, unit);
  return html`<span class="progress"><progress max=${Math.max(1, total)} value=${Math.min(done, total)} aria-label="${name}: progress"></progress>
    <span>${done} of ${amount(total, unit)}</span></span>`;
}

const MOODS: Readonly<Record<string, string>> = {
  completed: 'good',
  started: 'busy',
  discovered: 'wait',
  rejected: 'bad',
};

function stateBadge(state: string): TemplateResult {
  const word = state.toLowerCase();
  return html`<span class="badge ${MOODS[word] ?? 'off'}">${word}</span>`;
}
