// JSON with places. JSON.parse tells some mistakes without a position, quotes the text around them (which
// may hold a password), and keeps the last of two equal members without a word.

import type { Problem } from '../errors.ts';
import { memberPath } from './member-path.ts';

/** A value read from JSON text. Objects have no prototype, so that no name finds an inherited member. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

/** The text is not JSON. `place` counts lines and columns from 1; `problem` quotes nothing of the text. */
export class JsonTextError extends Error {
  readonly place: string;
  readonly problem: string;

  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`);
    this.place = place;
    this.problem = problem;
  }
}

const MAX_DEPTH = 64;

/**
 * Reads JSON text.
 *
 * @returns the value, and a problem for each member that is given twice (the last one counts)
 * @throws {@link JsonTextError} at the first place where the text is not JSON
 */
export function parseJsonText(text: string): { value: JsonValue; problems: Problem[] } {
  const reader = new JsonReader(text);
  return { value: reader.readAll(), problems: reader.problems };
}

class JsonReader {
  readonly problems: Problem[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\uFEFF')) this.#at = 1; // some Windows editors begin a file with a byte-order mark
  }

  readAll(): JsonValue {
    const value = this.#value([]);
    this.#skipSpace();
    if (this.#at < this.#text.length)
      this.#fail('expected nothing more after the end of the value');
    return value;
  }

  #value(path: readonly PropertyKey[]): JsonValue {
    this.#skipSpace();
    if (path.length > MAX_DEPTH) this.#fail(`expected no more than ${MAX_DEPTH} levels`);
    const character = this.#text[this.#at];
    if (character === '{') return this.#object(path);
    if (character === '[') return this.#array(path);
    if (character === '"') return this.#string();
    const word = /(?:true|false|null)(?![\w$])/y;
    word.lastIndex = this.#at;
    const literal = word.exec(this.#text)?.[0];
    if (literal !== undefined) {
      this.#at += literal.length;
      return literal === 'null' ? null : literal === 'true';
    }
    const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.$])/y;
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0];
    if (digits === undefined) return this.#fail('expected a value');
    this.#at += digits.length;
    return Number(digits);
  }

  #object(path: readonly PropertyKey[]): JsonObject {
    const object: JsonObject = Object.create(null);
    const offsets = new Map<string, number>();
    this.#at++;
    this.#skipSpace();
    if (this.#take('}')) return object;
    for (;;) {
      this.#skipSpace();
      const offset = this.#at;
      if (this.#text[this.#at] !== '"') this.#fail('expected a name in double quotes');
      const name = this.#string();
      const earlier = offsets.get(name);
      if (earlier !== undefined) {
        const lines = `${this.#position(earlier).line} and ${this.#position(offset).line}`;
        const problem = `is given twice, in lines ${lines}; keep one of them`;
        this.problems.push({ at: memberPath([...path, name]), problem });
      }
      offsets.set(name, offset);
      this.#skipSpace();
      if (!this.#take(':')) this.#fail('expected ":" after the name');
      object[name] = this.#value([...path, name]);
      this.#skipSpace();
      if (this.#take('}')) return object;
      if (!this.#take(',')) this.#fail('expected "," or "}"');
    }
  }

  #array(path: readonly PropertyKey[]): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at++;
    this.#skipSpace();
    if (this.#take(']')) return array;
    for (;;) {
      array.push(this.#value([...path, array.length]));
      this.#skipSpace();
      if (this.#take(']')) return array;
      if (!this.#take(',')) this.#fail('expected "," or "]"');
    }
  }

  #string(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside a string
    const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    string.lastIndex = this.#at;
    const quoted = string.exec(this.#text)?.[0];
    if (quoted === undefined) {
      return this.#fail(
        'expected a text that ends with a double quote in its line, "\\" written "\\\\"',
      );
    }
    this.#at += quoted.length;
    return JSON.parse(quoted) as string; // the pattern is that of a JSON string
  }

  #skipSpace(): void {
    const space = /[ \t\r\n]*/y;
    space.lastIndex = this.#at;
    space.exec(this.#text);
    this.#at = space.lastIndex;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #position(offset: number): { line: number; column: number } {
    const before = this.#text.slice(0, offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    return { line: before.split('\n').length, column: offset - lineStart + 1 };
  }

  #fail(expected: string): never {
    const { line, column } = this.#position(this.#at);
    throw new JsonTextError(`line ${line}, column ${column}`, `${expected}${this.#hint(expected)}`);
  }

  #hint(expected: string): string {
    const rest = this.#text.slice(this.#at);
    const before = this.#text.slice(0, this.#at).trimEnd();
    if (rest === '') return ', found the end of the file';
    if (rest.startsWith('//') || rest.startsWith('/*') || rest.startsWith('#')) {
      return '; JSON has no comments';
    }
    if (rest.startsWith("'")) return '; JSON takes double quotes only';
    if (/^[}\]]/.test(rest) && before.endsWith(',')) return '; the comma before is one too many';
    if (rest.startsWith('"') && expected.includes('","')) return '; is a comma missing before it?';
    return '';
  }
}
