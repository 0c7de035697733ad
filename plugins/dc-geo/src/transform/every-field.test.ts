// Every field, from the JSON of a message through the mock server and the wire to the column where it belongs.

import { existsSync, readFileSync } from 'node:fs';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { folderStore, ndjsonSource } from '../mock/ndjson-source.ts';
import everyField from '../testing/every-field.json' with { type: 'json' };
import { countOf, loaded, mockServer, PEPPER, rdaDatabase } from '../testing/harness.testkit.ts';

type Json = Readonly<Record<string, unknown>>;
type StoredRow = Readonly<Record<string, string | null>>;

describe.each(['FISS', 'MCS'] as const)('a %s claim with every field', (type) => {
  it('is found in the database, column by column', async ({ signal }) => {
    await using db = await rdaDatabase();
    await loadFile(db.pool, type, JSON.stringify(everyField[type].message), signal);

    const tables: Readonly<Record<string, readonly StoredRow[]>> = everyField[type].rows;
    for (const [table, rows] of Object.entries(tables)) {
      expect(await storedRows(db.pool, table, Object.keys(rows[0] ?? {})), table).toEqual(rows);
    }
    const { rows } = await db.pool.query(
      `select mbi from rda.${type.toLowerCase()}_claims join rda.mbi_cache using (mbi_id)`,
    );
    expect(rows).toEqual([{ mbi: '1S00E00AA00' }]);
  });
});

// The lists and samples are not part of this project; where they lie beside the checkout they are used.
const LISTS = new URL('../../../../../shared/bfd/', import.meta.url);
const HAS_LISTS = existsSync(LISTS);

describe.skipIf(!HAS_LISTS)(`the samples of 2021 (skipped without ${LISTS.pathname})`, () => {
  it('of MCS are stored, every field where the layout says', async ({ signal }) => {
    await using db = await rdaDatabase();
    const text = sampleText('MCS');
    await loadFile(db.pool, 'MCS', text, signal);

    await expectStored(db.pool, 'McsClaim', claimsOf(text));
    expect(await countOf(db.pool, 'rda.mcs_claims')).toBe(100);
    expect(await countOf(db.pool, 'rda.mcs_details')).toBe(269);
    expect(await countOf(db.pool, 'rda.mcs_diagnosis_codes')).toBe(311);
  });

  it('of FISS lack the key that claims have since, so all are put aside', async ({ signal }) => {
    await using db = await rdaDatabase();

    const counts = await loadFile(db.pool, 'FISS', sampleText('FISS'), signal);

    expect(counts).toMatchObject({ messages: 100, claims: 0, putAside: 100 });
    const { rows } = await db.pool.query(`
      select count(*)::int as count from rda.message_errors
       where errors @> '[{"fieldName": "rdaClaimKey"}]' and message -> 'claim' ? 'dcn'`);
    expect(rows).toEqual([{ count: 100 }]);
  });

  it('of FISS are stored once they are brought up to date, every field where the layout says', async ({
    signal,
  }) => {
    await using db = await rdaDatabase();
    const text = sampleText('FISS')
      .trim()
      .split('\n')
      .map((line) => JSON.stringify(broughtUpToDate(JSON.parse(line))))
      .join('\n');
    await loadFile(db.pool, 'FISS', text, signal);

    await expectStored(db.pool, 'FissClaim', claimsOf(text));
    expect(await countOf(db.pool, 'rda.fiss_claims')).toBe(100);
    expect(await countOf(db.pool, 'rda.fiss_proc_codes')).toBe(306);
    expect(await countOf(db.pool, 'rda.fiss_diagnosis_codes')).toBe(292);
  });
});

async function loadFile(
  pool: Pool,
  type: 'FISS' | 'MCS',
  ndjson: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bfd-rda-'));
  await writeFile(join(folder.path, `${type.toLowerCase()}.ndjson`), ndjson);
  await using server = await mockServer(ndjsonSource(folderStore(folder.path)));
  const config = { errorLimit: 1000, pepper: PEPPER };
  const { counts } = await loaded({ type, server, pool, signal, config });
  return counts;
}

async function storedRows(
  pool: Pool,
  table: string,
  columns: readonly string[],
  where = '',
): Promise<StoredRow[]> {
  // Not a cast to text, which takes the blank from a char(1).
  const texts = columns.map((column) => `to_jsonb(${column}) #>> '{}' as ${column}`).join(', ');
  const { rows } = await pool.query(
    `select ${texts} from ${table} ${where} order by ${columns[1]}`,
  );
  return rows;
}

function sampleText(type: string): string {
  return readFileSync(new URL(`rda-samples/SAMPLE-${type}.ndjson`, LISTS), 'utf8');
}

function claimsOf(text: string): { seq: number; claim: Json }[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What the protocol of 2021 had not, or had and has no more. */
function broughtUpToDate(change: { claim: Json & { dcn: string } }): Json {
  const text = JSON.stringify({
    ...change,
    claim: { ...change.claim, rdaClaimKey: `${change.claim.dcn}id`, intermediaryNb: '99999' },
  });
  return JSON.parse(
    text.replaceAll(
      '"diagPoaIndEnum":"DIAGNOSIS_PRESENT_ON_ADMISSION_INDICATOR_NOT_ACUTE_CARE"',
      '"diagPoaIndUnrecognized":"Z"',
    ),
  );
}

interface LayoutRow {
  readonly message: string;
  readonly table: string;
  readonly message_field: string;
  readonly db_column: string;
  readonly sql_type: string;
  readonly required_in_message: string;
  readonly transformer: string;
  readonly role: string;
  readonly notes: string;
}

/** Compares what is stored with what the list of columns says, which this test reads by itself. */
async function expectStored(
  pool: Pool,
  message: string,
  changes: readonly { seq: number; claim: Json }[],
): Promise<void> {
  const layout: LayoutRow[] = parse(readFileSync(new URL('rda-layout.csv', LISTS)), {
    columns: true,
  });
  const texts = enumTexts();
  const rowsOf = (name: string) => layout.filter((row) => row.message === name);
  const own = rowsOf(message).filter(({ role }) => role !== 'child rows');
  const table = own[0]?.table ?? '';
  const key = own.find(({ role }) => role === 'primary_key');
  for (const { seq, claim } of changes) {
    const id = key ? (expectedValue([key], claim, texts) ?? '') : '';
    const where = `where ${key?.db_column} = '${id}'`;
    const expected = {
      ...expectedRow(own, claim, texts),
      sequence_number: String(seq),
      api_source: '0.14.1',
    };
    expect(await storedRows(pool, table, Object.keys(expected), where)).toEqual([expected]);
    for (const { message_field: field } of rowsOf(message).filter(
      ({ role }) => role === 'child rows',
    )) {
      const elements = (claim[field] ?? []) as Json[];
      if (elements.length === 0) continue;
      const child = rowsOf(CHILD_MESSAGES[field] ?? '');
      const rows = elements.map((element, index) => ({
        ...expectedRow(child, withFormerName(element), texts, index),
        [key?.db_column ?? '']: id,
      }));
      const columns = Object.keys(rows[0] ?? {});
      expect(await storedRows(pool, child[0]?.table ?? '', columns, where)).toEqual(rows);
    }
  }
}

const CHILD_MESSAGES: Readonly<Record<string, string>> = {
  fissProcCodes: 'FissProcedureCode',
  fissDiagCodes: 'FissDiagnosisCode',
  mcsDetails: 'McsDetail',
  mcsDiagnosisCodes: 'McsDiagnosisCode',
};

function withFormerName(element: Json): Json {
  const { idrDiagIcdTypeEnumUnrecognized: former, ...rest } = element;
  return former === undefined ? rest : { ...rest, idrDiagIcdTypeUnrecognized: former };
}

function expectedRow(
  rows: readonly LayoutRow[],
  json: Json,
  texts: ReadonlyMap<string, string>,
  index = 0,
): Record<string, string | null> {
  const columns = Map.groupBy(rows, ({ db_column: column }) => column);
  const expected: Record<string, string | null> = {};
  for (const [column, sources] of columns) {
    if (column === 'mbi_id' || column === 'last_updated') continue;
    expected[column] = expectedValue(sources, json, texts, index);
  }
  return expected;
}

function expectedValue(
  sources: readonly LayoutRow[],
  json: Json,
  texts: ReadonlyMap<string, string>,
  index = 0,
): string | null {
  for (const {
    message_field: field,
    sql_type: type,
    transformer,
    notes,
    required_in_message,
  } of sources) {
    const value = fieldOf(json, field);
    switch (transformer) {
      case 'Base64':
        return Buffer.from(String(value)).toString('base64url');
      case 'UintToShort':
        return String(value ?? index + 1);
      case 'MessageEnum': {
        const name = fieldOf(json, `${field}Enum`);
        const raw = notes.includes('hasUnrecognized=False')
          ? undefined
          : fieldOf(json, `${field}Unrecognized`);
        if (name !== undefined) return texts.get(String(name)) ?? null;
        if (raw !== undefined) return String(raw);
        break;
      }
      case 'EnumValueIfPresent':
        if (value !== undefined) return /enumValue=(\w+)/.exec(notes)?.[1] ?? null;
        break;
      default:
        if (value !== undefined)
          return type.startsWith('decimal') ? Number(value).toFixed(2) : String(value);
        if (required_in_message === 'yes') return '';
    }
  }
  return null;
}

/** The list writes some names with capitals where JSON has none. */
function fieldOf(json: Json, field: string): unknown {
  return Object.entries(json).find(([name]) => name.toLowerCase() === field.toLowerCase())?.[1];
}

function enumTexts(): ReadonlyMap<string, string> {
  const rows: { value: string; string_value_quoted: string }[] = parse(
    readFileSync(new URL('rda-enums.csv', LISTS)),
    { columns: true },
  );
  return new Map(
    rows.flatMap(({ value, string_value_quoted: quoted }) =>
      quoted === '' ? [] : [[value, JSON.parse(quoted)] as const],
    ),
  );
}
