// Asks at the terminal for what was not said.

import type { Readable, Writable } from 'node:stream';
import { intro, isCancel, multiselect, select, text } from '@clack/prompts';
import {
  dependencyProblem,
  KINDS,
  type Kind,
  NEEDS,
  nameProblem,
  RUNS_AFTER_NOTHING,
  type Said,
  scheduleProblem,
  USUAL_SCHEDULE,
} from './answers.ts';
import { Cancelled } from './create-error.ts';

const WHAT_FOR: Readonly<Record<(typeof NEEDS)[number], string>> = {
  db: 'a pool of connections to PostgreSQL',
  s3: 'an S3 client',
  config: 'settings of its own in host.config.json',
};

/** Where questions are asked and answers come from; the terminal if absent. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

export async function ask(said: Said, at: Partial<Terminal> = {}): Promise<Said> {
  intro('A new job', at);
  const name =
    said.name ??
    (await answered(
      text({
        ...at,
        message: 'What is it called?',
        placeholder: 'my-job',
        validate: (value) => nameProblem(value ?? ''),
      }),
    ));
  const kind =
    said.kind ??
    (await answered(
      select<Kind>({
        ...at,
        message: 'What does it do?',
        options: kinds().map(([value, label]) => ({ value, label: value, hint: label })),
      }),
    ));
  const needs =
    said.needs ??
    (kind === 'empty'
      ? await answered(
          multiselect({
            ...at,
            message: 'What does it need, besides its log?',
            options: NEEDS.map((value) => ({ value, label: value, hint: WHAT_FOR[value] })),
            required: false,
          }),
        ).then((chosen) => chosen.join(','))
      : undefined);
  const schedule =
    said.schedule ??
    (await answered(
      text({
        ...at,
        message: 'When does it run? (cron, UTC; "none": only after other jobs)',
        initialValue: USUAL_SCHEDULE,
        validate: (value) => scheduleProblem(value ?? ''),
      }),
    ));
  const dependsOn =
    said.dependsOn ??
    (await answered(
      text({
        ...at,
        message:
          'After which jobs? (such as database-schema@>=42, with spaces between; none: leave empty)',
        defaultValue: '',
        validate: (value) => {
          const named = words(value);
          if (schedule === 'none' && named.length === 0) return RUNS_AFTER_NOTHING;
          return named.map(dependencyProblem).find(Boolean);
        },
      }),
    ).then(words));
  return { ...said, name, kind, needs, schedule, dependsOn };
}

async function answered<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await question;
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<T, symbol>; // the only symbol is the one that says so
}

function kinds(): [Kind, string][] {
  return Object.entries(KINDS) as [Kind, string][];
}

function words(value: string | undefined): string[] {
  return (value ?? '').split(/\s+/).filter((word) => word !== '');
}
