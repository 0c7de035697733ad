import { existsSync, readFileSync } from 'node:fs';
import { fromJSON } from '@grpc/proto-loader';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { someClaims } from '../testing/harness.testkit.ts';
import { DESCRIPTOR } from './descriptor.ts';
import { descriptorText } from './make-descriptor.ts';
import { type Message, messageType, methodOf, PACKAGE, serviceOf } from './protocol.ts';
import { decode, encode, WireError } from './wire.ts';

describe('the descriptor', () => {
  it('is what the .proto files make', () => {
    const text = readFileSync(new URL('./descriptor.ts', import.meta.url), 'utf8');

    expect(text, 'run: node plugins/dc-geo/src/protocol/make-descriptor.ts').toBe(descriptorText());
  });
});

describe('messages as bytes', () => {
  // protobufjs reads the same descriptor, and knows nothing of our code.
  const theirs = fromJSON(DESCRIPTOR as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    longs: String,
    enums: String,
  })[`${PACKAGE}.RDAService`] as ReturnType<typeof serviceOf>;

  it.each(['FISS', 'MCS'] as const)('are the same for another library: %s', (type) => {
    const name = type === 'FISS' ? 'GetFissClaims' : 'GetMcsClaims';
    const ours = methodOf('RDAService', name);
    const other = theirs[name];
    const messages = [
      ...(someClaims({ messages: 300, deleteEvery: 10 }).messages(type, 1n) as Iterable<object>),
    ];
    for (const message of messages) {
      expect(other?.responseDeserialize(ours.responseSerialize(message))).toEqual(message);
      expect(ours.responseDeserialize(other?.responseSerialize(message) ?? Buffer.of())).toEqual(
        message,
      );
    }
  });

  it.each([['9223372036854775807'], ['-9223372036854775808'], ['-1'], ['0'], ['4294967296']])(
    'keep the sequence number %s',
    (seq) => {
      const { requestSerialize, requestDeserialize } = methodOf<Message, Message>(
        'RDAService',
        'GetFissClaims',
      );
      const other = theirs['GetFissClaims'];
      const bytes = requestSerialize({ since: seq });

      expect(requestDeserialize(bytes)).toEqual({ since: seq });
      expect(other?.requestDeserialize(bytes)).toEqual({ since: seq });
    },
  );

  it('may hold fields and enum values of a later protocol', () => {
    const type = messageType(`${PACKAGE}.mcs.McsAudit`);
    const known = encode(type, { idr_j_audit_num: -5, idr_j_audit_ind_enum: 77 });
    // Fields 1000 to 1003: a number, eight bytes, a text, four bytes.
    const unknown = [0xc0, 0x3e, 0x96, 0x01, 0xc9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8];
    const more = [0xd2, 0x3e, 2, 65, 66, 0xdd, 0x3e, 1, 2, 3, 4];

    const message = decode(type, Buffer.concat([Buffer.from(unknown), known, Buffer.from(more)]));

    expect(message).toEqual({ idr_j_audit_num: -5, idr_j_audit_ind_enum: 77 });
  });

  it.each([
    ['a number without an end', [0x08, 0x80]],
    ['a number that is too long', [0x08, ...Array(11).fill(0x80), 1]],
    ['a text that is cut off', [0x3a, 5, 65]],
    ['a message that ends inside a field', [0x32, 2, 0x0a, 5, 65, 65, 65, 65, 65]],
    ['an unknown form', [0x0f]],
  ])('are refused when they are %s', (_what, bytes) => {
    const type = messageType(`${PACKAGE}.FissClaimChange`);

    expect(() => decode(type, Buffer.from(bytes))).toThrow(WireError);
  });
});

// The list is not part of this project; where it lies beside the checkout it is compared.
const LISTS = new URL('../../../../../shared/bfd/', import.meta.url);

interface FieldRow {
  readonly package: string;
  readonly message: string;
  readonly number: string;
  readonly field: string;
  readonly label: string;
  readonly type: string;
  readonly oneof: string;
}

interface EnumRow {
  readonly package: string;
  readonly enum: string;
  readonly number: string;
  readonly value: string;
  readonly string_value_quoted: string;
}

describe.skipIf(!existsSync(LISTS))(`the protocol (skipped without ${LISTS.pathname})`, () => {
  it('has every field with its number and type, and no other', () => {
    const rows = list<FieldRow>('rda-messages.csv').filter(({ number }) => number !== '');
    const messages = Map.groupBy(rows, (row) => `${row.package}.${row.message}`);

    for (const [name, fields] of messages) {
      const type = messageType(name);
      const ours = [...type.fields.values()].map(({ name: field, number, isRepeated, kind }) => ({
        field,
        number: String(number),
        isRepeated,
        type: kind.is === 'scalar' ? kind.type : kind.is,
      }));
      const theirs = fields.map(({ field, number, label, type: ofType }) => ({
        field,
        number,
        isRepeated: label === 'repeated',
        type: /^(string|u?int(32|64))$/.test(ofType)
          ? ofType
          : rows.some(({ message }) => ofType.endsWith(message)) || ofType.startsWith('google.')
            ? 'message'
            : 'enum',
      }));
      expect(new Set(ours), name).toEqual(new Set(theirs));
    }
    expect(messages.size).toBe(22);
  });

  it('has every method', () => {
    const rows = list<FieldRow>('rda-messages.csv').filter(({ number }) => number === '');

    expect([...Object.keys(serviceOf('Health')), ...Object.keys(serviceOf('RDAService'))]).toEqual(
      rows.map(({ field }) => field),
    );
  });

  it('has every enum value with its text', () => {
    const rows = list<EnumRow>('rda-enums.csv').filter(({ enum: name }) => !name.includes('.'));
    for (const { package: scope, enum: name, number, value, string_value_quoted: quoted } of rows) {
      const node = [...scope.split('.'), name].reduce<typeof DESCRIPTOR | undefined>(
        (at, part) => at?.nested?.[part],
        DESCRIPTOR,
      );
      expect(node?.values?.[value], value).toBe(Number(number));
      expect(node?.valuesOptions?.[value]?.[`(${PACKAGE}.string_value)`]).toBe(JSON.parse(quoted));
    }
    expect(rows).toHaveLength(555);
  });
});

function list<Row>(name: string): Row[] {
  return parse(readFileSync(new URL(name, LISTS)), { columns: true });
}
