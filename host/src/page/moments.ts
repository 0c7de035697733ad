// Times and amounts as people read them. What time it is, the host says: this machine's clock may be wrong.

let aheadMs = 0;

/** @param now - what the host says the time is */
export function setClock(now: string): void {
  aheadMs = Date.parse(now) - Date.now();
}

export function nowMs(): number {
  return Date.now() + aheadMs;
}

/** @example far(65_000) === '1 min' */
export function far(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** @example duration(4120) === '4.1 s' */
export function duration(milliseconds: number): string {
  const ms = Math.round(milliseconds);
  if (ms < 1000) return `${ms} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const NUMBERS = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return NUMBERS.format(value);
}

/** @example words('dataSets') === 'data sets' */
export function words(name: string): string {
  return name.replace(/[A-Z]/g, (big) => ` ${big.toLowerCase()}`);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** An amount in its unit. @example amount(1_500_000, 'bytes') === '1.5 MB' */
export function amount(value: number, unit: string): string {
  if (unit !== 'bytes') return `${count(value)} ${unit}`;
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  const shown = value / 1000 ** power;
  return `${power === 0 ? shown : shown.toFixed(1)} ${UNITS[power]}`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** @example clock('2026-03-08T07:00:00Z') // '07:00:00', in the zone of the browser */
export function clock(moment: string | number): string {
  return CLOCK.format(new Date(moment));
}

/** With the day, where that is another one. */
export function dayAndClock(moment: string | number): string {
  const at = new Date(moment);
  const isToday = at.toDateString() === new Date(nowMs()).toDateString();
  return isToday ? clock(moment) : `${DAY.format(at)} ${clock(moment)}`;
}
