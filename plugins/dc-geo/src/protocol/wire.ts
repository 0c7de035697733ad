/**
 * Messages as bytes, both ways, by the .proto files as data. protobufjs could do it as well, in two passes and with
 * code it writes at run time: three times slower on claims, see docs/adr/0002.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

import type { FieldType, Message, MessageType } from './protocol.ts';

/** Bytes that are no message. Never says which. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;

/**
 * Reads a message. Fields that the protocol does not know are passed over.
 *
 * @throws {@link WireError}
 * @example
 * decode(messageType('gov.cms.mpsm.rda.v1.ApiVersion'), bytes); // { version: '0.14.1' }
 */
export function decode(type: MessageType, bytes: Buffer): Message {
  return new Reader(bytes).message(type, bytes.length);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  message(type: MessageType, end: number): Message {
    const message: Record<string, unknown> = {};
    while (this.#at < end) {
      const tag = this.#varint();
      const field = type.byNumber.get(tag >>> 3);
      if (!field || (tag & 7) !== wireTypeOf(field)) {
        this.#skip(tag & 7);
        continue;
      }
      const value = this.#value(field, message[field.name]);
      if (!field.isRepeated) {
        message[field.name] = value;
        continue;
      }
      const list = message[field.name];
      if (Array.isArray(list)) list.push(value);
      else message[field.name] = [value];
    }
    if (this.#at !== end) throw new WireError('a message ends inside a field');
    return message;
  }

  /** `before`: what came under the same name before; parts of a message may come separately. */
  #value({ kind, isRepeated }: FieldType, before: unknown): unknown {
    switch (kind.is) {
      case 'message': {
        const length = this.#length();
        const inner = this.message(kind.message, this.#at + length);
        return isRepeated || before === undefined ? inner : { ...(before as Message), ...inner };
      }
      case 'enum': {
        const number = this.#varint() | 0;
        return kind.values.names.get(number) ?? number;
      }
      case 'scalar':
        switch (kind.type) {
          case 'string': {
            const length = this.#length();
            const text = this.#bytes.toString('utf8', this.#at, this.#at + length);
            this.#at += length;
            return text;
          }
          case 'int64':
            return this.#int64();
          case 'int32':
            return this.#varint() | 0;
          case 'uint32':
            return this.#varint();
          default:
            throw new WireError('a field has a type that is not of this protocol');
        }
    }
  }

  /** The lower 32 bits, unsigned. */
  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.#at++];
      if (byte === undefined) throw new WireError('a number has no end');
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new WireError('a number is too long');
  }

  /** Signed, as decimal text. */
  #int64(): string {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError('a number has no end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return String(BigInt.asIntN(64, value));
    }
    throw new WireError('a number is too long');
  }

  #length(): number {
    const length = this.#varint();
    if (this.#at + length > this.#bytes.length) throw new WireError('a field is cut off');
    return length;
  }

  #skip(wireType: number): void {
    switch (wireType) {
      case VARINT:
        this.#varint();
        break;
      case FIXED_64:
        this.#at += 8;
        break;
      case LENGTH: {
        const length = this.#length();
        this.#at += length;
        break;
      }
      case FIXED_32:
        this.#at += 4;
        break;
      default:
        throw new WireError('a field has an unknown form');
    }
  }
}

function wireTypeOf({ kind }: FieldType): number {
  return kind.is === 'message' || (kind.is === 'scalar' && kind.type === 'string')
    ? LENGTH
    : VARINT;
}

/**
 * Writes a message: every field that is there, in the order it is there.
 *
 * @example
 * encode(messageType('gov.cms.mpsm.rda.v1.ClaimRequest'), { since: '1000' });
 */
export function encode(type: MessageType, message: Message): Buffer {
  const bytes: number[] = [];
  writeMessage(type, message, bytes);
  return Buffer.from(bytes);
}

function writeMessage(type: MessageType, message: Message, bytes: number[]): void {
  for (const [name, value] of Object.entries(message)) {
    const field = type.fields.get(name);
    if (!field || value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      writeVarint((field.number << 3) | wireTypeOf(field), bytes);
      writeValue(field, each, bytes);
    }
  }
}

function writeValue({ kind }: FieldType, value: unknown, bytes: number[]): void {
  switch (kind.is) {
    case 'message': {
      const inner: number[] = [];
      // The cast: the field's type says that it holds a message.
      writeMessage(kind.message, value as Message, inner);
      writeBytes(inner, bytes);
      return;
    }
    case 'enum':
      writeInteger(
        typeof value === 'string' ? (kind.values.numbers.get(value) ?? 0) : value,
        bytes,
      );
      return;
    case 'scalar':
      if (kind.type === 'string') writeBytes(Buffer.from(String(value), 'utf8'), bytes);
      else writeInteger(value, bytes);
  }
}

function writeBytes(value: readonly number[] | Buffer, bytes: number[]): void {
  writeVarint(value.length, bytes);
  for (const byte of value) bytes.push(byte);
}

/** A number or decimal text; negative ones take ten bytes. */
function writeInteger(value: unknown, bytes: number[]): void {
  const number = Number(value);
  if (number >= 0 && number < 2 ** 31) {
    writeVarint(number, bytes);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(String(value)));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
}

function writeVarint(value: number, bytes: number[]): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
}
