// Asks at the terminal for what was not said.

import { cancel, intro, isCancel, multiselect, select, text } from '@clack/prompts';
import {
  dependencyProblem,
  KINDS,
  type Kind,
  NEEDS,
  nameProblem,
  type Said,
  scheduleProblem,
  USUAL_SCHEDULE,
} from './answers.ts';

/** The author has changed their mind. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

const WHAT_FOR: Readonly<Record<(typeof NEEDS)[number], string>> = {
  db: 'a pool of connections to PostgreSQL',
  s3: 'an S3 client',
  config: 'settings of its own in host.config.json',
};

export async function ask(said: Said): Promise<Said> {
  intro('A new job');
  const name =
    said.name ??
    (await answered(
      text({
        message: 'What is it called?',
        placeholder: 'my-job',
        validate: (value) => nameProblem(value ?? ''),
      }),
    ));
  const kind =
    said.kind ??
    (await answered(
      select<Kind>({
        message: 'What does it do?',
        options: kinds().map(([value, label]) => ({ value, label: value, hint: label })),
      }),
    ));
  const needs =
    said.needs ??
    (kind === 'empty'
      ? await answered(
          multiselect({
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
        message: 'When does it run? (cron, UTC; "none": only after other jobs)',
        initialValue: USUAL_SCHEDULE,
        validate: (value) => scheduleProblem(value ?? ''),
      }),
    ));
  const dependsOn =
    said.dependsOn ??
    (await answered(
      text({
        message:
          'After which jobs? (such as database-schema@>=42, with spaces between; none: leave empty)',
        defaultValue: '',
        validate: (value) => words(value).map(dependencyProblem).find(Boolean),
      }),
    ).then(words));
  return { ...said, name, kind, needs, schedule, dependsOn };
}

async function answered<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const answer = await question;
  if (isCancel(answer)) {
    cancel('Nothing was written.');
    throw new Cancelled();
  }
  return answer as Exclude<T, symbol>; // the only symbol is the one that says so
}

function kinds(): [Kind, string][] {
  return Object.entries(KINDS) as [Kind, string][];
}

function words(value: string | undefined): string[] {
  return (value ?? '').split(/\s+/).filter((word) => word !== '');
}
