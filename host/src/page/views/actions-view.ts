// What people asked of jobs: when, who, and by which way.

import type { ActionLine, Actions } from '../../http/api.ts';
import { read } from '../ask-host.ts';
import { empty, jobLink, link, runPath } from '../elements.ts';
import { dayAndClock } from '../moments.ts';
import { html, nothing, type TemplateResult } from '../vendor/lit-html.js';
import type { View } from '../view.ts';

export const actionsView: View = {
  title: () => 'Actions',
  load: async (_params, signal) => {
    const { actions } = await read<Actions>('/api/actions', signal);
    return () =>
      actions.length === 0 ? empty('Nobody asked anything of a job yet.') : actionsTable(actions);
  },
  isOld: ({ jobs }) => jobs !== undefined,
};

export function actionsTable(
  actions: readonly ActionLine[],
  { withJob = true } = {},
): TemplateResult {
  return html`<div class="scroll"><table class="list">
    <thead><tr><th scope="col">When</th><th scope="col">What</th>${withJob ? html`<th scope="col">Job</th>` : nothing}
      <th scope="col">Run</th><th scope="col">Who</th><th scope="col">By</th></tr></thead>
    <tbody>${actions.map(
      ({ at, action, job, runId, askedBy, via }) => html`<tr>
        <td>${dayAndClock(at)}</td><td>${action}</td>${withJob ? html`<td>${jobLink(job)}</td>` : nothing}
        <td>${runId ? link(runPath(runId), runId.slice(0, 8)) : nothing}</td><td>${askedBy}</td><td>${via}</td>
      </tr>`,
    )}</tbody></table></div>`;
}
