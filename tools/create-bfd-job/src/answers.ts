// What has to be known to write a job's project, and what is wrong with what was said.

import { validate } from 'node-cron';

export const KINDS = {
  empty: 'a run that says hello, to fill in',
  'poll-s3': 'load new files of a bucket into a table',
  sql: 'look after tables: delete, refresh, summarize',
  'fan-out': 'many items, several at a time or on all hosts',
} as const;

export type Kind = keyof typeof KINDS;

/** What a job may ask for besides its log. */
export const NEEDS = ['db', 's3', 'config'] as const;

export type Need = (typeof NEEDS)[number];

export interface Dependency {
  readonly job: string;
  /** semver range, or a plain number. */
  readonly version?: string;
}

export interface Answers {
  readonly name: string;
  readonly kind: Kind;
  /** Cron expression; absent: on no schedule. */
  readonly schedule?: string;
  /** IANA name; absent: UTC. */
  readonly timezone?: string;
  readonly dependsOn: readonly Dependency[];
  /** Of an empty job; the others need what they need. */
  readonly needs: readonly Need[];
}

/** What was said, before anybody has looked at it. */
export interface Said {
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
  readonly schedule?: string | undefined;
  readonly timezone?: string | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  readonly needs?: string | undefined;
}

export const USUAL_SCHEDULE = '*/5 * * * *';

export const RUNS_AFTER_NOTHING =
  'without a schedule a job runs after those it depends on: name one, such as "database-schema"';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST_NAME = 40;

/** What is wrong with a job's name; nothing if it will do. */
export function nameProblem(name: string): string | undefined {
  if (!NAME.test(name))
    return `${quoted(name)} is no name for a job: use lower-case words joined by dashes, such as "my-job"`;
  if (name.length > LONGEST_NAME)
    return `${quoted(name)} is too long for the name of a job: use at most ${LONGEST_NAME} characters`;
  return undefined;
}

export function scheduleProblem(schedule: string): string | undefined {
  if (schedule === 'none' || validate(schedule)) return undefined;
  return `${quoted(schedule)} is no schedule: use five fields, such as "0 4 * * *", or "none"`;
}

export function timezoneProblem(timezone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return undefined;
  } catch {
    return `${quoted(timezone)} is no time zone: use an IANA name, such as "America/New_York"`;
  }
}

const DEPENDENCY = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:@([\w.\s<>=^~|*-]+))?$/;

export function dependencyProblem(text: string): string | undefined {
  if (DEPENDENCY.test(text)) return undefined;
  return `${quoted(text)} is no dependency: name a job, such as "database-schema" or "database-schema@>=42"`;
}

export function dependencyOf(text: string): Dependency {
  const [, job = text, version] = DEPENDENCY.exec(text) ?? [];
  return { job, ...(version === undefined ? {} : { version }) };
}

/** The answers, or everything that is wrong with what was said. */
export function settle(said: Said): Answers | { readonly problems: readonly string[] } {
  const { name = '', kind = 'empty', schedule = USUAL_SCHEDULE, timezone, dependsOn = [] } = said;
  const needs = (said.needs ?? '').split(',').filter((need) => need !== '');
  const unknownNeeds = needs.filter((need) => !isNeed(need));
  const problems = [
    nameProblem(name),
    isKind(kind) ? undefined : `${quoted(kind)} is no kind: use ${Object.keys(KINDS).join(', ')}`,
    scheduleProblem(schedule),
    timezone === undefined ? undefined : timezoneProblem(timezone),
    ...dependsOn.map(dependencyProblem),
    ...unknownNeeds.map(
      (need) => `${quoted(need)} is nothing a job asks for: use ${NEEDS.join(', ')}`,
    ),
    needs.length > 0 && kind !== 'empty'
      ? `--needs goes with --kind empty; a job of kind ${kind} asks for what it uses`
      : undefined,
    schedule === 'none' && dependsOn.length === 0 ? RUNS_AFTER_NOTHING : undefined,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0 || !isKind(kind)) return { problems };
  return {
    name,
    kind,
    ...(schedule === 'none' ? {} : { schedule }),
    ...(timezone === undefined ? {} : { timezone }),
    dependsOn: dependsOn.map(dependencyOf),
    needs: kind === 'empty' ? withConfig(needs.filter(isNeed)) : [...NEEDS],
  };
}

// A bucket is a matter of configuration.
function withConfig(needs: readonly Need[]): readonly Need[] {
  return NEEDS.filter(
    (need) => needs.includes(need) || (need === 'config' && needs.includes('s3')),
  );
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(KINDS, text);
}

function isNeed(text: string): text is Need {
  return NEEDS.some((need) => need === text);
}

/** As JSON quotes it, so that nothing in it can move a terminal's cursor. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
