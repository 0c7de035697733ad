// A schedule in the words of somebody else's cron. Each dialect can say less than ours or means something else by the
// same text, so nothing is copied: the expression is taken apart by node-cron's own parser and written anew, and what a
// dialect cannot say is refused with what to do instead.

import { type ParsedFields, parse } from 'node-cron';

export interface CronDialect {
  /** Whose cron it is, for people. */
  readonly name: string;
  /** Whether it knows seconds. */
  readonly hasSeconds: boolean;
  /** What it means when days of month and days of week are both given. Ours: both must match. */
  readonly bothDays: 'and' | 'or' | 'refused';
  /** Words for `L`, `15W`, `5#2` and the like; `undefined` for those it does not know. Sunday is 0. */
  readonly dayOfMonthWord: (token: string) => string | undefined;
  readonly dayOfWeekWord: (token: string) => string | undefined;
  /** Whether such a word may stand in a list. */
  readonly listsWords: boolean;
  readonly compose: (fields: WrittenFields) => string;
}

interface WrittenFields {
  readonly second: string;
  readonly minute: string;
  readonly hour: string;
  readonly dayOfMonth: string;
  readonly month: string;
  readonly dayOfWeek: string;
}

export type Translated =
  | { readonly kind: 'cron'; readonly cron: string }
  | {
      readonly kind: 'impossible';
      readonly why: string;
      /** The same without what cannot be said, if that is a schedule. */
      readonly nearest?: string;
    };

/**
 * @example
 * translateCron('0 0 4 * * SUN', KUBERNETES) // { kind: 'cron', cron: '0 4 * * 0' }
 */
export function translateCron(expression: string, dialect: CronDialect): Translated {
  const fields = parse(expression);
  const why = whatItCannotSay(fields, dialect);
  if (why !== undefined) {
    const atFullMinutes = { ...fields, second: [0] };
    if (whatItCannotSay(atFullMinutes, dialect) !== undefined) return { kind: 'impossible', why };
    const fullMinutes = fiveFields(written(atFullMinutes, OWN_WORDS));
    return { kind: 'impossible', why, nearest: fullMinutes };
  }
  return { kind: 'cron', cron: dialect.compose(written(fields, dialect)) };
}

function written(
  fields: ParsedFields,
  { dayOfMonthWord, dayOfWeekWord }: Pick<CronDialect, 'dayOfMonthWord' | 'dayOfWeekWord'>,
): WrittenFields {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = fields;
  return {
    second: numbers(second, 0, 59),
    minute: numbers(minute, 0, 59),
    hour: numbers(hour, 0, 23),
    dayOfMonth: days(dayOfMonth, 1, 31, dayOfMonthWord),
    month: numbers(month, 1, 12),
    dayOfWeek: days(dayOfWeek, 0, 6, dayOfWeekWord),
  };
}

function whatItCannotSay(
  { second, dayOfMonth, dayOfWeek }: ParsedFields,
  dialect: CronDialect,
): string | undefined {
  const { name, hasSeconds, bothDays, listsWords } = dialect;
  const seconds = new Set(second);
  if (!hasSeconds && seconds.size > 1) return `it fires more than once a minute, ${name} cannot`;
  if (!hasSeconds && !seconds.has(0)) {
    return `it fires at second ${[...seconds].join()}, ${name} only at full minutes`;
  }
  for (const [values, wordOf] of [
    [dayOfMonth, dialect.dayOfMonthWord],
    [dayOfWeek, dialect.dayOfWeekWord],
  ] as const) {
    const words = values.filter((value) => typeof value === 'string');
    const unknown = words.find((word) => wordOf(word) === undefined);
    if (unknown !== undefined) return `${name} does not know the day "${unknown}"`;
    if (words.length > 0 && values.length > 1 && !listsWords) {
      return `${name} takes "${words[0]}" only alone`;
    }
  }
  if (bothDays !== 'and' && isRestricted(dayOfMonth, 31) && isRestricted(dayOfWeek, 7)) {
    const instead = bothDays === 'or' ? 'would run when either does' : 'refuses both';
    return `day of month and day of week must both match, ${name} ${instead}`;
  }
  return undefined;
}

function isRestricted(values: readonly (number | string)[], all: number): boolean {
  return new Set(values).size < all;
}

function days(
  values: readonly (number | string)[],
  min: number,
  max: number,
  wordOf: (token: string) => string | undefined,
): string {
  const words = values.flatMap((value) => (typeof value === 'string' ? (wordOf(value) ?? []) : []));
  const plain = values.filter((value) => typeof value === 'number');
  return [...words, ...(plain.length > 0 ? [numbers(plain, min, max)] : [])].join(',');
}

/** The shortest usual form: a star, a step, or ranges and single numbers. */
function numbers(values: readonly number[], min: number, max: number): string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  if (sorted.length === max - min + 1) return '*';
  const [first = min, second] = sorted;
  const step = second === undefined ? 0 : second - first;
  const isStep =
    step > 1 &&
    first === min &&
    sorted.length === Math.floor((max - min) / step) + 1 &&
    sorted.every((value, index) => value === min + index * step);
  if (isStep && sorted.length > 2) return `*/${step}`;
  return runs(sorted)
    .map(([from, to]) =>
      from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`,
    )
    .join(',');
}

function runs(sorted: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const value of sorted) {
    const last = found.at(-1);
    if (last && last[1] === value - 1) last[1] = value;
    else found.push([value, value]);
  }
  return found;
}

const NO_WORD = (): undefined => undefined;
/** As our own grammar has them. */
const OWN_WORDS = {
  dayOfMonthWord: (token: string) => token,
  dayOfWeekWord: (token: string) => token,
};
const fiveFields = ({ minute, hour, dayOfMonth, month, dayOfWeek }: WrittenFields): string =>
  `${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek}`;

/** CronJob: robfig/cron, five fields. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
export const KUBERNETES: CronDialect = {
  name: 'Kubernetes',
  hasSeconds: false,
  bothDays: 'or',
  dayOfMonthWord: NO_WORD,
  dayOfWeekWord: NO_WORD,
  listsWords: false,
  compose: fiveFields,
};

/** Airflow: croniter, five fields. https://pypi.org/project/croniter/ */
export const AIRFLOW: CronDialect = {
  name: 'Airflow',
  hasSeconds: false,
  bothDays: 'or',
  dayOfMonthWord: (token) => (token === 'L' ? 'L' : undefined),
  dayOfWeekWord: (token) =>
    token.includes('#') ? token : /^[0-6]L$/.test(token) ? `L${token[0]}` : undefined,
  listsWords: false,
  compose: fiveFields,
};

/** Nomad: hashicorp/cronexpr, seven fields: seconds first, the year last. */
export const NOMAD: CronDialect = {
  name: 'Nomad',
  hasSeconds: true,
  bothDays: 'or',
  dayOfMonthWord: (token) => (token.startsWith('L-') ? undefined : token),
  dayOfWeekWord: (token) => token,
  listsWords: true,
  compose: (fields) => `${fields.second} ${fiveFields(fields)} *`,
};

/** Conductor: Spring's CronExpression, six fields. https://docs.conductor-oss.org */
export const CONDUCTOR: CronDialect = {
  name: 'Conductor',
  hasSeconds: true,
  bothDays: 'and',
  dayOfMonthWord: (token) => token,
  dayOfWeekWord: (token) => token,
  listsWords: false,
  compose: (fields) => `${fields.second} ${fiveFields(fields)}`,
};

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

/**
 * EventBridge Scheduler: six fields, the year last; one of the two day fields must be `?`, and Sunday is 1.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export const EVENTBRIDGE: CronDialect = {
  name: 'EventBridge Scheduler',
  hasSeconds: false,
  bothDays: 'refused',
  dayOfMonthWord: (token) => (token === 'L' || /^\d+W$/.test(token) ? token : undefined),
  dayOfWeekWord: (token) => `${Number(token[0]) + 1}${token.slice(1)}`,
  listsWords: false,
  compose: ({ minute, hour, dayOfMonth, month, dayOfWeek }) => {
    const steps = (field: string, min: number) => field.replace(/^\*\//, `${min}/`);
    const dom = steps(dayOfMonth, 1);
    const dow = /[#L]/.test(dayOfWeek) ? dayOfWeek : named(dayOfWeek);
    const [ofMonth, ofWeek] = dow === '*' ? [dom, '?'] : ['?', dow];
    return `cron(${steps(minute, 0)} ${steps(hour, 0)} ${ofMonth} ${steps(month, 1)} ${ofWeek} *)`;
  },
};

// Names instead of numbers: nobody has to know where a week begins.
function named(dayOfWeek: string): string {
  const list = dayOfWeek === '*/2' ? '0,2,4,6' : dayOfWeek === '*/3' ? '0,3,6' : dayOfWeek;
  return list.replace(/\d/g, (digit) => WEEKDAYS[Number(digit)] ?? digit);
}
