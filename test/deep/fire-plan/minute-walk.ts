// What should fire, found the dull way: walk through real time minute by minute, read the wall clock at each, and
// look at what it skipped or showed before. Shares nothing with the code it judges: it has its own reading of cron
// expressions and takes the wall clock from Intl, where the fire plan takes it from Temporal.

const MINUTE_MS = 60_000;

/** What the wall clock of a zone showed at each minute of a stretch of real time. */
export class WallClockTable {
  readonly start: number;
  /** By minute from `start`: wall time in minutes since the clock showed 1970. */
  readonly shown: Float64Array;
  /** By minute: whether the clock showed the same earlier in the stretch. */
  readonly isAgain: Uint8Array;

  constructor(zone: string, start: number, minutes: number) {
    this.start = start;
    this.shown = new Float64Array(minutes);
    this.isAgain = new Uint8Array(minutes);
    const read = wallClockReader(zone);
    const seen = new Set<number>();
    for (let i = 0; i < minutes; i++) {
      const wall = read(start + i * MINUTE_MS);
      this.shown[i] = wall;
      this.isAgain[i] = seen.has(wall) ? 1 : 0;
      seen.add(wall);
    }
  }
}

/** Instants at which the expression fires, from the table's minute `firstMinute` on. */
export function walk(cron: string, table: WallClockTable, firstMinute: number): number[] {
  const expression = readExpression(cron);
  const days = new Map<number, boolean>();
  const matches = (wall: number) => matchesMinute(expression, wall, days);
  const fires: number[] = [];
  for (let i = firstMinute; i < table.shown.length; i++) {
    const wall = table.shown[i] ?? Number.NaN;
    const before = table.shown[i - 1] ?? Number.NaN;
    const instant = table.start + i * MINUTE_MS;
    const runsOn = expression.isInterval || table.isAgain[i] === 0;
    const seconds = runsOn && matches(wall) ? expression.seconds : [];
    if (skippedSomething(before, wall, expression, matches) && !seconds.includes(0)) {
      fires.push(instant);
    }
    for (const second of seconds) fires.push(instant + second * 1000);
  }
  return fires;
}

// Whether the clock jumped over a moment that has to be made up for.
function skippedSomething(
  before: number,
  wall: number,
  { isInterval }: Expression,
  matches: (wall: number) => boolean,
): boolean {
  const gap = wall - before - 1;
  for (let skipped = before + 1; skipped < wall; skipped++) {
    if (matches(skipped) && !(isInterval && matches(skipped + gap))) return true;
  }
  return false;
}

/** Reads a zone's wall clock, in minutes since it showed 1970. */
export function wallClockReader(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (instant) => {
    const [, month, day, year, hour, minute] = (
      /^(\d\d)\/(\d\d)\/(\d{4}), (\d\d):(\d\d)$/.exec(format.format(instant)) ?? []
    ).map(Number);
    return (
      Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) /
      MINUTE_MS
    );
  };
}

interface Expression {
  readonly seconds: readonly number[];
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly isDay: (date: Date) => boolean;
  readonly isInterval: boolean;
}

function matchesMinute(
  { minutes, hours, isDay }: Expression,
  wall: number,
  days: Map<number, boolean>,
) {
  const ofDay = wall % 1440;
  if (!minutes.has(ofDay % 60) || !hours.has((ofDay - (ofDay % 60)) / 60)) return false;
  const day = (wall - ofDay) / 1440;
  let is = days.get(day);
  if (is === undefined) {
    is = isDay(new Date(day * 1440 * MINUTE_MS));
    days.set(day, is);
  }
  return is;
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

function readExpression(cron: string): Expression {
  const fields = cron.split(' ');
  if (fields.length === 5) fields.unshift('0');
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const hours = numbers(hour, 0, 23);
  const months = numbers(named(month, MONTHS, 1), 1, 12);
  const days = day === '?' ? '*' : day;
  const weekdays = named(weekday === '?' ? '*' : weekday, WEEKDAYS, 0);
  return {
    seconds: [...numbers(second, 0, 59)].sort((a, b) => a - b),
    minutes: numbers(minute, 0, 59),
    hours,
    isInterval: /[*/]/.test(`${second} ${minute}`) || hours.size === 24,
    isDay: (date) =>
      months.has(date.getUTCMonth() + 1) &&
      days.split(',').some((token) => isDayOfMonth(token, date)) &&
      weekdays.split(',').some((token) => isDayOfWeek(token, date)),
  };
}

function named(field: string, names: readonly string[], first: number): string {
  return names.reduce((text, name, i) => text.replaceAll(name, String(i + first)), field);
}

function numbers(field: string, min: number, max: number): Set<number> {
  const found = new Set<number>();
  for (const token of field.split(',')) {
    const [range = '', step = '1'] = token.split('/');
    const [from, to] = range === '*' ? [min, max] : range.split('-').map(Number);
    if (from === undefined) continue;
    let value = from;
    for (let passed = 0; ; passed++, value = value === max ? min : value + 1) {
      if (passed % Number(step) === 0) found.add(value);
      if (value === (to ?? from)) break;
    }
  }
  return found;
}

function isDayOfMonth(token: string, date: Date): boolean {
  const day = date.getUTCDate();
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  if (token === 'L') return day === last;
  if (token.startsWith('L-')) return day === last - Number(token.slice(2));
  if (!token.endsWith('W')) return numbers(token, 1, 31).has(day);
  // The weekday nearest to the wanted day, among those of its month; the day before in case of a tie at two.
  const wanted = token === 'LW' ? last : Number(token.slice(0, -1));
  if (wanted > last) return false;
  const candidates = [wanted, wanted - 1, wanted + 1, wanted - 2, wanted + 2].filter(
    (candidate) => {
      const weekday = later(date, candidate - day).getUTCDay();
      return candidate >= 1 && candidate <= last && weekday !== 0 && weekday !== 6;
    },
  );
  return candidates[0] === day;
}

function isDayOfWeek(token: string, date: Date): boolean {
  const weekday = date.getUTCDay();
  if (token.endsWith('L')) {
    const isLast = later(date, 7).getUTCMonth() !== date.getUTCMonth();
    return Number(token.slice(0, -1)) % 7 === weekday && isLast;
  }
  const [day, nth] = token.split('#');
  if (nth !== undefined) {
    const isInMonth = (weeks: number) =>
      later(date, -7 * weeks).getUTCMonth() === date.getUTCMonth();
    return Number(day) % 7 === weekday && isInMonth(Number(nth) - 1) && !isInMonth(Number(nth));
  }
  const days = token.includes('7') ? numbers(token, 0, 7) : numbers(token, 0, 6);
  return days.has(weekday) || (weekday === 0 && days.has(7));
}

function later(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 1440 * MINUTE_MS);
}
