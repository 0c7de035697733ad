/**
 * Messages as bytes, both ways, by the .proto files as data. protobufjs could do it as well, in two passes and with
 * code it writes at run time: ten times slower on claims, see docs/adr/0002.
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

const LONGEST_VARINT = 10;

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
    // Without a prototype it is a hash table from the start; as a plain object it would become one after a dozen
    // fields, at more than twice the cost of all the rest.
    const message: Record<string, unknown> = Object.create(null);
    while (this.#at < end) {
      const tag = this.#varint();
      const field = type.byTag[tag];
      if (!field) {
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

/** The form a field of this kind has on the wire. */
export function wireTypeOf(kind: FieldType['kind']): number {
  const isBytes = kind.is === 'message' || (kind.is === 'scalar' && kind.type === 'string');
  return isBytes ? LENGTH : VARINT;
}

/**
 * Writes a message: every field that is there, in the order it is there.
 *
 * @example
 * encode(messageType('gov.cms.mpsm.rda.v1.ClaimRequest'), { since: '1000' });
 */
export function encode(type: MessageType, message: Message): Buffer {
  const writer = new Writer();
  writer.message(type, message);
  return writer.bytes();
}

class Writer {
  #bytes = Buffer.allocUnsafe(512);
  #at = 0;

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  message(type: MessageType, message: Message): void {
    for (const [name, value] of Object.entries(message)) {
      const field = type.fields.get(name);
      if (!field || value === undefined) continue;
      for (const each of Array.isArray(value) ? value : [value]) this.#field(field, each);
    }
  }

  #field({ tag, kind }: FieldType, value: unknown): void {
    this.#varint(tag);
    switch (kind.is) {
      case 'message': {
        // The cast: the field's type says that it holds a message.
        const inner = encode(kind.message, value as Message);
        this.#varint(inner.length);
        this.#makeRoom(inner.length);
        this.#at += inner.copy(this.#bytes, this.#at);
        return;
      }
      case 'enum':
        this.#integer(typeof value === 'string' ? (kind.values.numbers.get(value) ?? 0) : value);
        return;
      case 'scalar':
        if (kind.type === 'string') this.#text(String(value));
        else this.#integer(value);
    }
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#varint(length);
    this.#makeRoom(length);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** A number or decimal text; negative ones take ten bytes. */
  #integer(value: unknown): void {
    const number = Number(value);
    if (number >= 0 && number < 2 ** 31) {
      this.#varint(number);
      return;
    }
    this.#makeRoom(LONGEST_VARINT);
    let rest = BigInt.asUintN(64, BigInt(String(value)));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  #varint(value: number): void {
    this.#makeRoom(LONGEST_VARINT);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #makeRoom(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.#at + length));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}
