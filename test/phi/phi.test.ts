// Jobs that handle people and fail in every way there is, in a real host, with real processes, PostgreSQL and S3. Whatever leaves
// the host is searched for those people; and what it says of each failure is held against the documents.

import { beforeAll, describe, expect, it } from 'vitest';
import { type Control, playCarelessly } from './control.ts';
import { documentedFailures } from './failures.ts';
import { readableAddresses } from './page.ts';
import { CanarySearch } from './search.ts';
import { SINKS, type Sink } from './sinks.ts';
import { type Played, play } from './stage.ts';

interface Find {
  readonly where: string;
  readonly whose: string;
  readonly kind: string;
  readonly form: string;
  readonly around: string;
}

function findsIn(sink: Sink, { canaries, evidence }: Control): Find[] {
  const search = new CanarySearch(canaries);
  return evidence
    .filter((each) => each.sink === sink)
    .flatMap(({ where, bytes }) =>
      search.leaksIn(bytes).map(({ canary, form, at }) => ({
        where,
        whose: canary.owner,
        kind: canary.kind,
        form,
        around: bytes.subarray(Math.max(0, at - 80), at + 60).toString(),
      })),
    );
}

describe('what leaves a host whose jobs handle people', () => {
  let played: Played;
  beforeAll(async () => {
    played = await play();
  }, 300_000);

  it('comes of at least 200 identifiers and 60 ways to fail', () => {
    const failed = [...played.ends.values()].filter(({ result }) => result !== 'succeeded');

    expect(new Set(played.canaries.map(({ text }) => text)).size).toBe(played.canaries.length);
    expect(played.canaries.length).toBeGreaterThan(200);
    expect(failed.length).toBeGreaterThanOrEqual(60);
  });

  it.each(SINKS)('holds nothing of them: %s', (sink) => {
    expect(played.evidence.some((each) => each.sink === sink)).toBe(true);
    expect(findsIn(sink, played)).toEqual([]);
  });

  it('was looked at on every address of the page', async () => {
    const looked = played.evidence.filter(({ sink }) => sink === 'page').map(({ where }) => where);

    for (const address of await readableAddresses()) {
      const form = new RegExp(`^${address.replaceAll(/:\w+/g, '[^/]+')}(\\?.*)?$`);
      expect(looked.filter((each) => form.test(each))).not.toEqual([]);
    }
  });

  it('is not what jobs remember, and what somebody asked to be kept for his eyes', () => {
    const search = new CanarySearch(played.canaries);
    const { checkpoints, debugOutput } = played.kept;

    expect(search.leaksIn(checkpoints).length).toBeGreaterThan(3);
    expect(search.leaksIn(debugOutput.bytes).length).toBeGreaterThan(3);
    expect(debugOutput.mode & 0o777).toBe(0o600);
  });

  it('says code, place and remedy of each failure as the documents have it', async () => {
    const documented = (await documentedFailures()).filter(({ job }) => played.jobs.includes(job));
    const errorOf = new Map(documented.map(({ job, error }) => [job, error]));
    const told = [...played.ends]
      .filter(([, { result }]) => result !== 'succeeded')
      .map(([job, { result, errorCode, error, remedy, places }]) => ({
        job,
        result,
        code: errorCode,
        error: withoutNumbers(String(error), errorOf.get(job) ?? ''),
        remedy: remedy ?? '–',
        place: placeOf(places, String(errorCode)),
      }));

    expect(told.sort(byJob)).toEqual(documented.sort(byJob));
  });

  it('names the line at which a job failed', () => {
    const withLine = [...played.ends].flatMap(([job, { places }]) => {
      const [, line] = /^plugin\.js, line (\d+)/.exec(String(places ?? '')) ?? [];
      return line === undefined ? [] : [{ job, line: Number(line) }];
    });

    expect(withLine.length).toBeGreaterThan(40);
    for (const { job, line } of withLine) {
      const source = played.bundles.get(played.pluginOf.get(job) ?? '') ?? '';
      const within = functionAround(source, line);
      expect([...namesOf(job), ...(HELPERS[job] ?? [])], job).toContain(within);
    }
  });

  it('is the same in the run store', () => {
    for (const [job, end] of played.ends) {
      if (end.result === 'succeeded') continue;
      const record = played.records.get(job);
      const { remedy } = (record?.['error_detail'] ?? {}) as { remedy?: string };
      expect(
        {
          result: record?.['result'],
          errorCode: record?.['error_code'],
          error: record?.['error'],
          remedy,
        },
        job,
      ).toEqual({
        result: end.result,
        errorCode: end['errorCode'],
        error: end['error'],
        remedy: end['remedy'],
      });
    }
  });

  it('leaves a log line in production without what cannot be proved safe, and tells how much that was', () => {
    const lines = played.told.filter(({ event }) => event === 'job.log');
    const of = (job: string) => lines.filter((line) => line.job === job);

    expect(of('logs-made-up-field')).toContainEqual(
      expect.objectContaining({ message: 'a row is bad', 'fields.line': 17 }),
    );
    expect(of('logs-number-of-person')).toContainEqual(
      expect.objectContaining({ message: 'a claim is bad', 'fields.claim': '(withheld)' }),
    );
    expect(of('logs-text-in-field')).toContainEqual(
      expect.objectContaining({ message: 'a row is bad', 'fields.surname': '(withheld)' }),
    );
    expect(of('logs-made-up-message').map(({ message }) => message)).toContain('(withheld)');
  });

  it.each([
    ['logs-made-up-message', 'BFD_LOG_MESSAGE'],
    ['logs-text-in-field', 'BFD_LOG_FIELD'],
    ['logs-number-of-person', 'BFD_LOG_FIELD'],
    ['logs-made-up-field', 'BFD_LOG_FIELD_NAME'],
  ])('in development fails a run that logs what cannot be proved safe: %s', (job, errorCode) => {
    expect(played.inDevelopment.get(job)).toMatchObject({ result: 'failed', errorCode });
  });

  it('says of a configuration full of people what is wrong, and where', () => {
    for (const text of [
      /concurrency +expected a whole number from 1 to 1000, found another number/,
      /jobs\.config-of-every-kind\.config\.date +expected a text of the format "date"/,
      /jobs\.config-of-every-kind\.config\.inner\.deep +expected a number/,
      /jobs\.config-of-every-kind\.config\["\(withheld\)"\] +is not known; known here: text,/,
      /jobs\.unique-violation\.config\.bucket +is missing/,
    ]) {
      expect(played.refusal).toMatch(text);
    }
  });
});

describe('errors of plain pg, told as they are', () => {
  let control: Control;
  beforeAll(async () => {
    control = await playCarelessly();
  }, 120_000);

  it.each(SINKS)('are found by the same search: %s', (sink) => {
    expect(findsIn(sink, control)).not.toEqual([]);
  });
});

const byJob = (a: { job: string }, b: { job: string }): number => (a.job < b.job ? -1 : 1);

/** Where it is not the job's own function: what that calls. */
const HELPERS: Readonly<Record<string, readonly string[]>> = {
  'unique-violation': ['add'],
  'not-null-violation': ['add'],
  'check-violation': ['add'],
  'bad-date-in-copy': ['copied'],
  'bad-line-in-copy': ['copied'],
  'unique-in-copy': ['copied'],
  'code-of-its-own': ['ask'],
  'access-denied': ['ask'],
  'unknown-key': ['ask'],
  'answer-that-is-no-xml': ['ask'],
  'throws-while-loaded': ['surname'],
};

function namesOf(job: string): string[] {
  const name = job.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [name, name.charAt(0).toUpperCase() + name.slice(1)];
}

/** What is declared nearest before a line of a bundle. */
function functionAround(source: string, line: number): string | undefined {
  const before = source.split('\n').slice(0, line);
  for (const text of before.reverse()) {
    const [, name] =
      /^(?:export )?(?:async )?(?:function\*?|class|const|let|var) (\w+)\b/.exec(text) ?? [];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** With `{n}` for numbers where the documents have it. */
function withoutNumbers(text: string, documented: string): string {
  const [before = '', after] = documented.split('{n}');
  if (after === undefined) return text;
  const number = text.slice(before.length, text.length - after.length);
  return /^\d+(\.\d+)?$/.test(number)
    ? `${text.slice(0, before.length)}{n}${text.slice(text.length - after.length)}`
    : text;
}

function placeOf(places: unknown, code: string): string {
  if (!Array.isArray(places) || places.length === 0) return '–';
  const [first] = places;
  return new RegExp(`^plugin\\.js, line \\d+: ${code}$`).test(first)
    ? 'line'
    : String(first).replace(/: \w+$/, '');
}
