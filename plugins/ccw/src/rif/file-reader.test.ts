import { RIF_LAYOUTS, RIF_TYPES, type RifType } from '@bfd-host/rif';
import { safe } from '@bfd-host/sdk';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { Chunk } from './chunk.ts';
import { FileProgress, type StoredChunk } from './file-progress.ts';
import { FileReader } from './file-reader.ts';
import { fileText, Random, recordsText, rowFields } from './rows.testkit.ts';

const FILE = safe.file('test/file.csv');

describe('reading a file', () => {
  it('stores the same in whatever pieces it comes and into however large chunks it is cut', async () => {
    for (const type of ['CARRIER', 'PDE', 'BENEFICIARY'] as const) {
      const file = Buffer.from(
        recordsText(type, new Random(type), { records: 150, firstId: -5000 }),
      );
      const whole = await read(type, file);
      for (let seed = 0; seed < 4; seed++) {
        const random = new Random(`${type} ${seed}`);
        const cut = await read(type, file, { random, chunkBytes: 2_000 + random.below(20_000) });

        expect(cut.chunks.length).toBeGreaterThan(whole.chunks.length);
        expect(rows(cut)).toEqual(rows(whole));
        expect(cut.chunks.at(-1)?.stored.lastRecord).toBe(150);
        expectConnected(cut.chunks);
      }
    }
  });

  it('stores for files full of oddities what the careful reader alone stores', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = new Random(`odd ${seed}`);
      const type = RIF_TYPES[seed % RIF_TYPES.length] ?? 'PDE';
      const file = oddFile(type, random);
      const mixed = await read(type, file, { random, chunkBytes: 9_000 });
      // A backslash before a letter that means itself makes every line odd, and changes none.
      const careful = await read(type, addOddness(file), { random });

      expect(rows(mixed)).toEqual(rows(careful));
    }
  });

  it('goes on behind what is stored, and in the gaps', async () => {
    const file = Buffer.from(
      recordsText('CARRIER', new Random('resume'), { records: 200, firstId: 1 }),
    );
    const whole = await read('CARRIER', file, { chunkBytes: 10_000 });
    for (let seed = 0; seed < 10; seed++) {
      const random = new Random(`resume ${seed}`);
      const kept = whole.chunks.filter(() => random.chance(60));
      const missing = whole.chunks.filter((chunk) => !kept.includes(chunk));
      const stored = kept.map((chunk) => chunk.stored);
      const rest = await read('CARRIER', file, { random, stored, chunkBytes: 7_000 });

      expect(rows(rest)).toEqual(rows({ chunks: missing }));
      expect(rest.progress.lastRecord).toBe(200);
      const lines = new Map(missing.map((chunk) => [chunk.stored.firstByte, chunk.firstLine]));
      for (const {
        stored: { firstByte },
        firstLine,
      } of rest.chunks) {
        expect(lines.get(firstByte) ?? firstLine).toBe(firstLine);
      }
    }
  });

  it('takes no records from a file of nothing, a header, or empty lines', async () => {
    const header = fileText('PDE', []);
    for (const text of ['', header, header.trimEnd(), `${header}\n\r\n\n`]) {
      expect((await read('PDE', Buffer.from(text))).chunks).toEqual([]);
    }
  });

  it('drops a byte order mark and takes CR LF', async () => {
    const text = recordsText('HHA', new Random('bom'), { records: 9, firstId: 4 });
    const dressed = Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`);

    expect(rows(await read('HHA', dressed))).toEqual(rows(await read('HHA', Buffer.from(text))));
  });
});

describe('a file with mistakes', () => {
  const good = (id: string, values: Record<string, string> = {}) =>
    rowFields('CARRIER', new Random(id), { values: { CLM_ID: id, BENE_ID: '1', ...values } });

  it('is refused with file, line and column of each, and not the value', async () => {
    const text = fileText('CARRIER', [
      good('1'),
      good('2', { CLM_FROM_DT: '31-FEB-2020', CLM_PMT_AMT: 'SECRET' }),
      good('2', { LINE_NUM: 'SECRET' }),
      good('3', { DML_IND: 'x' }).with(0, 'DELETE'),
      good('4').slice(0, 20),
    ]);

    const error = await failure('CARRIER', text);

    expect(error.code).toBe('BFD_RIF_ROWS');
    expect(error.isPermanent).toBe(true);
    expect(error.places.map(({ code, line, column }) => [code, line, column?.value])).toEqual([
      ['BFD_RIF_DATE', 3, 'CLM_FROM_DT'],
      ['BFD_RIF_DECIMAL', 3, 'CLM_PMT_AMT'],
      ['BFD_RIF_INTEGER', 4, 'LINE_NUM'],
      ['BFD_RIF_ACTION', 5, 'DML_IND'],
      ['BFD_RIF_FIELDS', 6, undefined],
    ]);
    expect(JSON.stringify(error) + error.message).not.toContain('SECRET');
  });

  it('counts lines through line ends in quotes and empty lines', async () => {
    const text = fileText('CARRIER', [
      good('1', { CARR_NUM: '"1\n2"' }),
      [],
      good('2', { CARR_NUM: '"1\r\n2"' }),
      good('3', { CLM_PMT_AMT: 'x' }),
    ]);
    expect((await failure('CARRIER', text)).places).toMatchObject([{ line: 7 }]);
  });

  it('is looked through to its end, but not beyond twenty places', async () => {
    const bad = Array.from({ length: 30 }, (_, index) => good(String(index), { CLM_PMT_AMT: 'x' }));
    const { places, fields } = await failure('CARRIER', fileText('CARRIER', bad));
    expect(places).toHaveLength(20);
    expect(fields).toMatchObject({ count: 20 });
  });

  it('hands over the chunks before the first mistake and none behind it', async () => {
    const random = new Random('before');
    const text = recordsText('PDE', random, { records: 400, firstId: 1 });
    const lines = text.split('\n');
    lines[301] = lines[301]?.replace(/^INSERT/, 'DELETE') ?? '';
    const got: number[] = [];

    const error = await failure('PDE', lines.join('\n'), { chunkBytes: 5_000, got });

    expect(error.places).toMatchObject([
      { code: 'BFD_RIF_ACTION', line: 302, column: { value: 'DML_IND' } },
    ]);
    expect(got.at(-1)).toBeGreaterThan(200);
    expect(got.at(-1)).toBeLessThanOrEqual(300);
  });

  it.each([
    ["a claim's first line", 0],
    ['a middle line', 2],
    ['its last line', 4],
  ])('loads nothing of a claim with a bad value on %s', async (_, badLine) => {
    const claim = Array.from({ length: 5 }, (_, line) =>
      good('7', { LINE_NUM: line === badLine ? 'bad' : String(line + 1) }),
    );
    const got: number[] = [];
    await failure('CARRIER', fileText('CARRIER', [good('1'), ...claim, good('9')]), {
      chunkBytes: 1,
      got,
    });
    expect(got.filter((lastRecord) => lastRecord > 1)).toEqual([]);
  });

  it.each([
    [
      'a column is missing',
      (text: string) => text.replace('|CLM_PMT_AMT', '|CLM_PMT_AMOUNT'),
      ['BFD_RIF_COLUMN_MISSING', 'CLM_PMT_AMT'],
    ],
    [
      'a column is there twice',
      (text: string) => text.replace('|CARR_NUM|', '|CARR_NUM|CARR_NUM|'),
      ['BFD_RIF_COLUMN_TWICE', 'CARR_NUM'],
    ],
    [
      'the action is missing',
      (text: string) => text.replace('DML_IND', 'VERSION'),
      ['BFD_RIF_COLUMN_MISSING', 'DML_IND'],
    ],
    ['the header cannot be read', (text: string) => `"${text}`, ['BFD_RIF_QUOTE', undefined]],
  ])('is refused at once when %s', async (_, change, [code, column]) => {
    const error = await failure('CARRIER', change(fileText('CARRIER', [good('1')])));
    expect(error.code).toBe('BFD_RIF_HEADER');
    expect(error.places[0]).toMatchObject({ code, line: 1 });
    expect(error.places[0]?.column?.value).toBe(column);
  });

  it('names all columns of another type at once', async () => {
    const error = await failure('PDE', fileText('CARRIER', []));
    expect(error.places).toHaveLength(20);
  });

  it('ends with an error at a quote that is never closed', async () => {
    const rest = Array.from({ length: 50 }, (_, index) => good(String(index)));
    const text = fileText('CARRIER', [good('1'), good('2', { CARR_NUM: '"12' }), ...rest]);
    expect((await failure('CARRIER', text)).places).toMatchObject([
      { code: 'BFD_RIF_QUOTE', line: 3 },
    ]);
  });
});

interface CutChunk {
  readonly stored: StoredChunk;
  readonly firstLine: number;
  readonly records: string;
  readonly children: string;
  readonly updates: readonly number[];
  readonly beneficiaries: readonly string[];
}

interface ReadOptions {
  readonly random?: Random;
  readonly chunkBytes?: number;
  readonly stored?: readonly StoredChunk[];
  readonly got?: number[];
}

async function read(type: RifType, file: Buffer, options: ReadOptions = {}) {
  const chunks: CutChunk[] = [];
  const free: Chunk[] = [];
  const progress = new FileProgress(options.stored ?? []);
  const reader = new FileReader({
    layout: RIF_LAYOUTS[type],
    file: FILE,
    progress,
    withHashes: false,
    onRowError: { kind: 'fail' },
    chunkBytes: options.chunkBytes ?? 8 << 20,
    begin: () => ({
      take: () => free.pop() ?? new Chunk(),
      release: (chunk) => void free.push(chunk),
      submit: async (chunk) => {
        const cut = cutChunk(chunk, progress.takeNumber());
        chunks.push(cut);
        options.got?.push(cut.stored.lastRecord);
        progress.add(cut.stored);
        free.push(chunk);
      },
    }),
  });
  const most = options.random ? 1 + options.random.below(5_000) : file.length;
  for (let at = 0; at < file.length; ) {
    const size = options.random ? 1 + options.random.below(most) : most;
    await reader.push(file.subarray(at, at + size));
    at += size;
  }
  await reader.end(() => undefined);
  return { chunks, progress };
}

function cutChunk(chunk: Chunk, chunkNumber: number): CutChunk {
  const { count, firstRecord, firstByte, endByte, firstLine, recordsEnd, childrenEnd } = chunk;
  expect(chunk.recordEnds[count - 1]).toBe(recordsEnd);
  expect(chunk.childEnds[count - 1]).toBe(childrenEnd);
  return {
    stored: { chunkNumber, firstByte, endByte, firstRecord, lastRecord: firstRecord + count - 1 },
    firstLine,
    records: chunk.records.toString('latin1', 0, recordsEnd),
    children: chunk.children.toString('latin1', 0, childrenEnd),
    updates: [...chunk.updates.subarray(0, count)],
    beneficiaries: chunk.beneficiaries,
  };
}

async function failure(type: RifType, text: string, options: ReadOptions = {}) {
  const ended = await read(type, Buffer.from(text), options).then(
    () => new Error('no error'),
    (error: Error) => error,
  );
  return ended as Error & {
    code: string;
    isPermanent: boolean;
    fields: object;
    places: { code: string; line?: number; column?: { value: string } }[];
  };
}

function expectConnected(chunks: readonly CutChunk[]): void {
  chunks.forEach(({ stored }, index) => {
    const before = chunks[index - 1]?.stored;
    expect(stored.firstByte).toBe(before?.endByte ?? stored.firstByte);
    expect(stored.firstRecord).toBe((before?.lastRecord ?? 0) + 1);
  });
}

function rows({ chunks }: { readonly chunks: readonly CutChunk[] }) {
  return {
    records: cells(chunks.map(({ records }) => records).join('')),
    children: cells(chunks.map(({ children }) => children).join('')),
    updates: chunks.flatMap(({ updates }) => updates),
    beneficiaries: chunks
      .flatMap(({ beneficiaries }) => beneficiaries)
      .filter((id, index, all) => id !== all[index - 1]),
  };
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

/** Cells as PostgreSQL would understand them: both readers write dates and integers that are valid, in several forms. */
function cells(csv: string): string[][] {
  const table: string[][] = parse(csv, { delimiter: '|' });
  return table.map((row) =>
    row.map((cell) =>
      cell
        .replace(/^(\d\d)-([a-z]{3})-(\d{4})$/i, (_, day, month, year) => {
          return `${year}-${String(MONTHS.indexOf(month.toUpperCase()) + 1).padStart(2, '0')}-${day}`;
        })
        .replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
    ),
  );
}

/** A file of which about every third line is odd in some way, and none is wrong. */
function oddFile(type: RifType, random: Random): Buffer {
  const text = recordsText(type, random, { records: 40, firstId: 50 });
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const layout = RIF_LAYOUTS[type];
  const columns = [undefined, ...layout.columns, ...(layout.lines?.columns ?? [])];
  const odd = lines.flatMap((line) => {
    if (random.chance(65)) return [line];
    const fields = line.split('|');
    const at = 1 + random.below(fields.length - 1);
    const field = fields[at] ?? '';
    const isText = columns[at]?.kind === 'text' && (columns[at]?.maxLength ?? 0) >= 4;
    switch (random.below(isText ? 9 : 5)) {
      case 0:
        return [fields.with(at, `"${field}"`).join('|')];
      case 1:
        return [fields.with(at, `${field}\\`).join('|')].filter(() => at < fields.length - 1);
      case 2:
        return [`${line}\r`];
      case 3:
        return [line, '', '\r'].slice(0, 2);
      case 4:
        return [`${line}||more`];
      case 5:
        return [fields.with(at, '"a""b"').join('|')];
      case 6:
        return [fields.with(at, 'Zoë').join('|')];
      case 7:
        return [fields.with(at, '"a|\n"').join('|')];
      default:
        return [fields.with(at, 'a"\\x').join('|')];
    }
  });
  return Buffer.from(`${[header, ...odd].join('\n')}\n`);
}

/** Puts the first field of each line into quotes, outside of quoted line ends. */
function addOddness(file: Buffer): Buffer {
  return Buffer.from(file.toString().replace(/^(INSERT|UPDATE)\|/gm, '"$1"|'));
}
