import { describe, expect, it } from 'vitest';
import { JsonTextError, parseJsonText } from './json-text.ts';

function failure(text: string): string {
  try {
    parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('reading JSON text', () => {
  it('gives what JSON.parse gives', () => {
    const text = '{"a": [1, -2.5e3, true, null], "b": {"c": "x\\n\\u00e9\\"\\\\"}, "": 0}';

    expect(parseJsonText(text)).toEqual({ value: JSON.parse(text), problems: [] });
  });

  it('takes the byte-order mark of Windows editors', () => {
    expect(parseJsonText('\uFEFF{"a": 1}').value).toEqual({ a: 1 });
  });

  it.each([
    [
      '{\n  "a": 1,\n}',
      'line 3, column 1: expected a name in double quotes; the comma before is one too many',
    ],
    ['[1, 2,]', 'line 1, column 7: expected a value; the comma before is one too many'],
    ['{"a": 1\n "b": 2}', 'line 2, column 2: expected "," or "}"; is a comma missing before it?'],
    [
      '{\n  // why\n  "a": 1\n}',
      'line 2, column 3: expected a name in double quotes; JSON has no comments',
    ],
    ['{"a": 1 /* why */}', 'line 1, column 9: expected "," or "}"; JSON has no comments'],
    [
      "{'a': 1}",
      'line 1, column 2: expected a name in double quotes; JSON takes double quotes only',
    ],
    ['{a: 1}', 'line 1, column 2: expected a name in double quotes'],
    ['{"a" 1}', 'line 1, column 6: expected ":" after the name'],
    ['{"a": tru}', 'line 1, column 7: expected a value'],
    ['{"a": 01}', 'line 1, column 7: expected a value'],
    ['{"a": NaN}', 'line 1, column 7: expected a value'],
    ['{"a": ', 'line 1, column 7: expected a value, found the end of the file'],
    ['', 'line 1, column 1: expected a value, found the end of the file'],
    ['{} {}', 'line 1, column 4: expected nothing more after the end of the value'],
    [
      '{"a": "C:\\dev"}',
      'line 1, column 7: expected a text that ends with a double quote in its line, "\\" written "\\\\"',
    ],
    [
      '{"a": "two\nlines"}',
      'line 1, column 7: expected a text that ends with a double quote in its line, "\\" written "\\\\"',
    ],
    ['['.repeat(100), 'line 1, column 66: expected no more than 64 levels'],
  ])('names the place and the way out: %j', (text, message) => {
    expect(failure(text)).toBe(message);
  });

  it('repeats nothing of the text, which may hold a password', () => {
    expect(failure('{"password": "hunter2" "x"}')).not.toContain('hunter2');
    expect(failure('{"password": hunter2}')).not.toContain('hunter2');
  });

  it('tells of a member that is given twice, with both lines', () => {
    const { problems } = parseJsonText('{\n  "jobs": {\n    "a": 1,\n    "a": 2\n  }\n}');

    expect(problems).toEqual([
      { at: 'jobs.a', problem: 'is given twice, in lines 3 and 4; keep one of them' },
    ]);
  });

  it('makes objects in which no name finds an inherited member', () => {
    const { value } = parseJsonText('{"__proto__": {"x": 1}}');

    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value as object)).toEqual(['__proto__']);
  });

  it('accepts and refuses the same texts as JSON.parse, tried with 20,000 damaged ones', () => {
    const whole = '{"a": [1, -2.5e+3, {"b": null}], "c": "x\\u00e9\\n", "d": {"e": true, "f": ""}}';
    const alphabet = '{}[]",:\\ \n\t0123456789.eE+-truefalsn/\'x\u0000';
    const random = seeded(7);
    for (let round = 0; round < 20_000; round++) {
      let text = whole;
      for (let edits = 1 + random(3); edits > 0; edits--) {
        const at = random(text.length);
        const insert = random(2) === 0 ? '' : (alphabet[random(alphabet.length)] ?? '');
        text = text.slice(0, at) + insert + text.slice(at + random(2));
      }
      let expected: unknown = 'refused';
      try {
        expected = JSON.parse(text);
      } catch {}
      let found: unknown = 'refused';
      try {
        found = parseJsonText(text).value;
      } catch {}
      expect(found, JSON.stringify(text)).toEqual(expected);
    }
  });
});

/** mulberry32: the same whole numbers below `limit` in each run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
