// Buttons that do something, for whoever has the token; and the question before one that cannot be taken back.

import type { JobSummary } from '../http/api.ts';
import { act, RefusedError } from './ask-host.ts';
import type { Page } from './state.ts';
import { html, nothing, type TemplateResult } from './vendor/lit-html.js';

type Action = 'run' | 'cancel' | 'pause' | 'resume' | 'release' | 'retry';

const LABELS: Readonly<Record<Action, string>> = {
  run: 'Run now',
  cancel: 'Cancel',
  pause: 'Pause',
  resume: 'Resume',
  release: 'Release',
  retry: 'Retry',
};

const QUESTIONS: Partial<Record<Action, string>> = {
  cancel: 'Its run is told to stop, and is killed if it does not. It is not tried again by itself.',
};

/** What may be done with a job as it stands. */
export function jobActions(job: JobSummary): readonly Action[] {
  const { standing, last } = job;
  if (standing === 'disabled' || standing === 'refused') return [];
  const hasFailed = last !== null && last.result !== 'succeeded';
  const isActive = standing === 'running' || standing === 'waiting';
  return [
    ...(isActive ? [] : (['run'] as const)),
    ...(isActive ? (['cancel'] as const) : []),
    ...(hasFailed && !isActive ? (['retry'] as const) : []),
    ...(standing === 'quarantined' ? (['release'] as const) : []),
    standing === 'paused' ? 'resume' : 'pause',
  ];
}

/** @param target - `jobs/NAME` or `runs/ID` */
export function actionButton(
  page: Page,
  action: Action,
  target: string,
  name: string,
): TemplateResult | typeof nothing {
  if (!page.mayAct) return nothing;
  const onClick = () => void perform(page, action, target, name);
  return html`<button type="button" class="action ${action}" @click=${onClick}
    aria-label="${LABELS[action]} ${name}">${LABELS[action]}</button>`;
}

export function jobButtons(page: Page, job: JobSummary): TemplateResult {
  const target = `jobs/${encodeURIComponent(job.job)}`;
  return html`<span class="buttons">${jobActions(job).map((action) => actionButton(page, action, target, job.job))}</span>`;
}

async function perform(page: Page, action: Action, target: string, name: string): Promise<void> {
  const question = QUESTIONS[action];
  if (question && !(await confirmed(`${LABELS[action]} ${name}?`, question, LABELS[action])))
    return;
  try {
    const { text } = await act(`/api/${target}/${action}`);
    page.notify('done', text);
  } catch (error) {
    page.notify(
      'refused',
      error instanceof RefusedError
        ? `${error.message} (${error.code})`
        : 'The host does not answer.',
    );
  }
}

/** Asks in a dialog that has the keyboard until it is answered. */
async function confirmed(title: string, text: string, label: string): Promise<boolean> {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  const heading = dialog.appendChild(document.createElement('h2'));
  heading.id = 'dialog-title';
  heading.textContent = title;
  dialog.appendChild(document.createElement('p')).textContent = text;
  const buttons = dialog.appendChild(document.createElement('p'));
  buttons.className = 'buttons';
  for (const [value, word] of [
    ['no', 'Keep it'],
    ['yes', label],
  ] as const) {
    const button = buttons.appendChild(document.createElement('button'));
    button.type = 'button';
    button.textContent = word;
    button.className = value === 'yes' ? 'action cancel' : 'action';
    button.addEventListener('click', () => dialog.close(value));
  }
  document.body.append(dialog);
  dialog.showModal();
  const answer = await new Promise<string>((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true });
  });
  dialog.remove();
  return answer === 'yes';
}
