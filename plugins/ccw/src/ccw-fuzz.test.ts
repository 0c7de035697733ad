// Mutated files. Each ends in success or in an error that says where; no claim is there by half, and no value of a row is
// in what is told.

import type { RifType } from '@bfd-host/rif';
import { RIF_LAYOUTS, rifHeader } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataFile, TEST_HASHING, Workbench } from './load.testkit.ts';
import { readDialect } from './rif/dialect.ts';
import { Random, recordsText } from './rif/rows.testkit.ts';

const IS_DEEP = process.env['BFD_DEEP'] === '1';
const FILES = IS_DEEP ? 2_000 : 60;
const SECONDS = IS_DEEP ? 1_800 : 120;
const TYPES = ['CARRIER', 'INPATIENT', 'PDE', 'BENEFICIARY', 'BENEFICIARY_HISTORY'] as const;
/** Longer texts of a row may not be told; shorter ones occur in words of ours. */
const TELLING_LENGTH = 9;

describe(`${FILES} mutated files (2,000 with BFD_DEEP=1)`, () => {
  it(
    'end in success or in located errors, and leave no half claim',
    async () => {
      await using bench = await Workbench.make({ ...TEST_HASHING, chunkBytes: 4_000 });
      const ends = { loaded: 0, refused: 0 };
      for (let number = 0; number < FILES; number++) {
        const random = new Random(`mutated ${number}`);
        const type = TYPES[number % TYPES.length] ?? 'PDE';
        const text = mutated(madeFile(type, number, random), random);
        bench.restart({ onRowError: number % 2 === 0 ? 'fail' : 'quarantine', quarantineLimit: 5 });
        await empty(bench);
        const key = await bench.send([{ name: 'm.csv', type, text, md5: null } satisfies DataFile]);

        const end = await bench.run().then(
          () => undefined,
          (error: Error & { code?: string; places?: object[] }) => error,
        );

        const told = `${end?.message} ${JSON.stringify(end)} ${JSON.stringify(bench.log)}`;
        expect(valueIn(told, text), `file ${number} tells a value`).toBeUndefined();
        if (end) {
          expect(end.code, `file ${number}: ${end.stack}`).toMatch(/^BFD_RIF_/);
          expect(end.places?.length, `file ${number}`).toBeGreaterThan(0);
        }
        await expectWholeClaims(bench, type, text, `file ${number}`);
        ends[end ? 'refused' : 'loaded']++;
        await bench.forget(key);
      }

      expect(ends.loaded).toBeGreaterThan(FILES / 10);
      expect(ends.refused).toBeGreaterThan(FILES / 10);
    },
    SECONDS * 1000,
  );
});

function madeFile(type: RifType, number: number, random: Random): Buffer {
  const records = 5 + random.below(25);
  const action = random.chance(20) ? 'UPDATE' : 'INSERT';
  return Buffer.from(recordsText(type, random, { records, firstId: 1 + number, action }));
}

/** One to four changes of a kind that damaged or careless files have. */
function mutated(file: Buffer, random: Random): Buffer {
  let bytes = file;
  for (let times = 1 + random.below(4); times > 0; times--) bytes = changedOnce(bytes, random);
  return bytes;
}

const ODDITIES = [
  '"',
  '\\',
  '\\|',
  '|',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\xff',
  '\xc3\xa9',
  '""',
  ' ',
  '-',
  '9',
];

function changedOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  const to = Math.min(bytes.length, at + 1 + random.below(60));
  const [before, within, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, to),
    bytes.subarray(to),
  ];
  const oddity = Buffer.from(ODDITIES[random.below(ODDITIES.length)] ?? '', 'latin1');
  switch (random.below(9)) {
    case 0: // cut off
      return before;
    case 1: // a stretch lost
      return Buffer.concat([before, after]);
    case 2: // a stretch twice
      return Buffer.concat([before, within, within, after]);
    case 3: // one bit
      return Buffer.concat([
        before,
        Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]),
        bytes.subarray(at + 1),
      ]);
    case 4: // something put in
    case 5:
      return Buffer.concat([before, oddity, within, after]);
    case 6: // something put in place
      return Buffer.concat([before, oddity, bytes.subarray(at + 1)]);
    case 7: // a line twice, or at another place
      return withLineMoved(bytes, random);
    default: // a very long field
      return Buffer.concat([before, Buffer.alloc(random.below(9_000), 'A'), within, after]);
  }
}

function withLineMoved(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [line = ''] = random.chance(50)
    ? lines.splice(1 + random.below(lines.length - 1), 1)
    : lines.slice(random.below(lines.length));
  lines.splice(1 + random.below(lines.length), 0, line);
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** All that a header may have: names of columns may be told, also when damage puts them among the rows. */
const HEADERS = TYPES.map((type) => rifHeader(RIF_LAYOUTS[type]).join('|')).join('|');

/** A value of the file that is in the text. */
function valueIn(text: string, file: Buffer): string | undefined {
  const [, ...rows] = file.toString('latin1').split(/[\r\n]+/);
  const values = new Set(rows.flatMap((row) => row.split('|')));
  return [...values].find(
    (value) => value.length >= TELLING_LENGTH && text.includes(value) && !HEADERS.includes(value),
  );
}

/**
 * Of every claim that is stored, all lines of one of its occurrences in the file are; those of the first for an
 * INSERT.
 */
async function expectWholeClaims(
  bench: Workbench,
  type: RifType,
  file: Buffer,
  hint: string,
): Promise<void> {
  const { lines, table } = RIF_LAYOUTS[type];
  if (!lines) return;
  const { rows } = await bench.db.query<{ id: string; lines: number }>(
    `select clm_id as id, (select count(*)::int from ${lines.table} l where l.clm_id = c.clm_id) as lines from ${table} c`,
  );
  const occurrences = linesOfClaims(file);
  for (const { id, lines: stored } of rows) {
    expect(occurrences.get(id), `${hint}, claim ${id}`).toContain(stored);
  }
  const orphans = await bench.count(
    `ccw.orphans where child = '${lines.table.replace('ccw.', '')}'`,
  );
  expect(orphans, hint).toBe(0);
}

/** How many lines each claim has where it occurs, by its number. */
function linesOfClaims(file: Buffer): Map<string, number[]> {
  const { records: all, brokenLine } = readDialect(file, true);
  // Nothing from there on is read; records before may be stored.
  if (brokenLine !== undefined) return linesOfClaims(firstLines(file, brokenLine));
  const [header, ...records] = all;
  const keyAt = header?.fields.indexOf('CLM_ID') ?? -1;
  const found = new Map<string, number[]>();
  let previous: string | undefined;
  for (const { fields } of records) {
    const key = fields[keyAt];
    const id = String(Number(key));
    const counts = found.get(id) ?? [];
    if (key === previous && counts.length > 0) counts.push((counts.pop() ?? 0) + 1);
    else counts.push(1);
    found.set(id, counts);
    previous = key;
  }
  return found;
}

function firstLines(file: Buffer, count: number): Buffer {
  const lines = file.toString('latin1').match(/[^\r\n]*(\r\n|\r|\n|$)/g) ?? [];
  return Buffer.from(lines.slice(0, count).join(''), 'latin1');
}

async function empty(bench: Workbench): Promise<void> {
  bench.log.length = 0;
  await bench.db.query(
    `truncate ccw.beneficiaries, ccw.beneficiary_monthly, ccw.beneficiaries_history, ccw.carrier_claims,
              ccw.carrier_claim_lines, ccw.inpatient_claims, ccw.inpatient_claim_lines, ccw.partd_events`,
  );
}
