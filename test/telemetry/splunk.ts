/**
 * As much of Splunk's search language as the searches of the documents use, over lines of JSON: terms, `sort`, `head`,
 * `table`, `stats`. What it does not know it refuses, so that a search in the documents cannot go unread.
 */

type Line = Readonly<Record<string, unknown>>;
type Step = (lines: readonly Line[]) => readonly Line[];

/** @param now - what relative times go by */
export function splunkSearch(search: string, lines: readonly Line[], now: Date): readonly Line[] {
  const [terms = '', ...commands] = search.split('|').map((part) => part.trim());
  const found = lines.filter(matcher(terms, now));
  return commands.map(command).reduce((rest, step) => step(rest), found as readonly Line[]);
}

function matcher(terms: string, now: Date): (line: Line) => boolean {
  const tests = terms.split(/\s+/).map((term): ((line: Line) => boolean) => {
    const [, name = '', operator = '', text = ''] = /^([\w.]+)(!=|=)(.+)$/.exec(term) ?? [];
    if (name === '') throw new Error(`not understood: ${term}`);
    // Which source type lines have is said in props.conf.
    if (name === 'sourcetype') return () => true;
    if (name === 'earliest') return (line) => timeOf(line) >= relativeTime(text, now);
    if (name === 'latest') return (line) => timeOf(line) < relativeTime(text, now);
    // As in Splunk, `!=` asks for the field to be there.
    if (operator === '!=') return (line) => name in line && String(line[name]) !== text;
    return (line) => String(line[name]) === text;
  });
  return (line) => tests.every((test) => test(line));
}

function timeOf(line: Line): number {
  return Date.parse(String(line['time']));
}

/** Such as `-1d@d+6h`: a day ago, at the beginning of that day, and six hours. */
function relativeTime(text: string, now: Date): number {
  let time = now.getTime();
  for (const [part, sign, amount, unit] of text.matchAll(/([+-])(\d+)([dh])|@d/g)) {
    if (part === '@d') time = new Date(time).setUTCHours(0, 0, 0, 0);
    else time += (sign === '-' ? -1 : 1) * Number(amount) * (unit === 'd' ? 86_400_000 : 3_600_000);
  }
  return time;
}

function command(text: string): Step {
  const [name = '', ...rest] = text.split(/\s+/);
  switch (name) {
    case 'sort':
      return sorted(
        rest.filter((part) => part !== '-'),
        rest.includes('-'),
      );
    case 'head':
      return (lines) => lines.slice(0, Number(rest[0]));
    case 'table':
      return (lines) =>
        lines.map((line) => Object.fromEntries(rest.map((field) => [field, line[field]])));
    case 'stats':
      return stats(rest);
    default:
      throw new Error(`not understood: ${text}`);
  }
}

function sorted([field = '']: readonly string[], isDescending: boolean): Step {
  return (lines) =>
    lines.toSorted((a, b) => {
      const order = String(a[field]) < String(b[field]) ? -1 : 1;
      return isDescending ? -order : order;
    });
}

/** `count latest(FIELD) by FIELD FIELD`, with the results named as Splunk names them. */
function stats(words: readonly string[]): Step {
  const by = words.indexOf('by');
  const functions = words.slice(0, by);
  const fields = words.slice(by + 1);
  return (lines) => {
    const groups = Map.groupBy(lines, (line) => JSON.stringify(fields.map((field) => line[field])));
    return [...groups.values()].map((group) => ({
      ...Object.fromEntries(fields.map((field) => [field, group[0]?.[field]])),
      ...Object.fromEntries(functions.map((each) => [each, aggregate(each, group)])),
    }));
  };
}

function aggregate(text: string, lines: readonly Line[]): unknown {
  if (text === 'count') return lines.length;
  const [, field] = /^latest\((\w+)\)$/.exec(text) ?? [];
  if (field === undefined) throw new Error(`not understood: ${text}`);
  return sorted(['time'], true)(lines)[0]?.[field];
}
