// Copies of what the runtime cannot do without, taken before any code of a plugin runs: a plugin that patches
// JSON, Date or Array must not be able to garble what its own process says, let alone what a later run says.

import fs from 'node:fs';
import { types } from 'node:util';

const { stringify, parse } = JSON;
const { now } = Date;
const { keys, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { isArray } = Array;
const { isFinite: isFiniteNumber } = Number;
const { from: bufferFrom } = Buffer;
const { wait } = Atomics;
const { readSync, writeSync } = fs;
const { kill, pid } = process;
const { isProxy } = types;

/** Milliseconds since 1970. */
export const clock: () => number = now;
export const parseJson: (text: string) => unknown = parse;
export const ownKeys: (value: object) => string[] = keys;
export const isList: (value: unknown) => value is unknown[] = isArray;

/** What a plain property of `value` itself or of its prototypes holds; a getter is never called. */
export function dataProperty(value: unknown, key: string): unknown {
  for (let holder = value; ; ) {
    if ((typeof holder !== 'object' && typeof holder !== 'function') || holder === null)
      return undefined;
    // A proxy could run code of its maker.
    if (isProxy(holder)) return undefined;
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor) return 'value' in descriptor ? descriptor.value : undefined;
    holder = getPrototypeOf(holder);
  }
}

/**
 * JSON of plain data. Unlike JSON.stringify it cannot be changed by a `toJSON` on some prototype.
 *
 * Functions, symbols and `undefined` are left out of objects; numbers that JSON lacks become null.
 */
export function encode(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'string':
      return stringify(value);
    case 'number':
      return isFiniteNumber(value) ? `${value}` : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return isArray(value) ? encodeList(value) : encodeObject(value);
    default:
      return 'null';
  }
}

function encodeList(list: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ',';
    text += encode(list[index]);
  }
  return `${text}]`;
}

function encodeObject(object: object): string {
  let text = '{';
  for (const key of keys(object)) {
    const value = (object as Record<string, unknown>)[key];
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue;
    if (text.length > 1) text += ',';
    text += `${stringify(key)}:${encode(value)}`;
  }
  return `${text}}`;
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `text`, waiting while the host is slow to read: what is said last before an end is said too.
 *
 * @throws the system's error when the host is gone
 */
export function writeAll(fd: number, text: string): void {
  const bytes = bufferFrom(text, 'utf8');
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(fd, bytes, offset, bytes.length - offset);
    } catch (error) {
      if (dataProperty(error, 'code') !== 'EAGAIN') throw error;
      wait(pause, 0, 0, 1);
    }
  }
}

const oneByte = new Uint8Array(1);

/** Reads on in a file that is open. */
export function readByte(fd: number): void {
  readSync(fd, oneByte, 0, 1, null);
}

/** Ends this process at once; no handler of a plugin can hold it up. */
export function endAtOnce(): never {
  kill(pid, 'SIGKILL');
  for (;;) wait(pause, 0, 0, 1000);
}
