/** Messages from files: one in protobuf's JSON form a line, in a folder or a bucket. */

import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ClaimType } from '../layout/layout.ts';
import { LAYOUTS } from '../layout/layouts.ts';
import { type FormerNames, fromJson, JsonFormError } from '../protocol/json-form.ts';
import { type ClaimChange, messageType, PACKAGE } from '../protocol/protocol.ts';
import type { MessageSource } from './message-source.ts';

/** A place with files. */
export interface FileStore {
  names(): Promise<readonly string[]>;
  open(name: string): Promise<Readable>;
}

export function folderStore(folder: string): FileStore {
  return {
    names: () => readdir(folder),
    open: async (name) => createReadStream(join(folder, name)),
  };
}

/** What messages of 2021, which lie around as samples, call by other names than today's protocol. */
const FORMER_NAMES: FormerNames = {
  fields: {
    'McsDiagnosisCode.idrDiagIcdTypeEnumUnrecognized': 'idrDiagIcdTypeUnrecognized',
  },
  values: {
    // The protocol has this value no more, and so no text for it. Clients get a number they cannot know.
    DIAGNOSIS_PRESENT_ON_ADMISSION_INDICATOR_NOT_ACUTE_CARE: 99,
  },
};

/** A line that is no message. Says where, never what is there. */
export class NdjsonError extends Error {
  override readonly name = 'NdjsonError';
  readonly code = 'BFD_MOCK_NDJSON';
}

interface MessageFile {
  readonly name: string;
  readonly first: bigint;
  readonly last: bigint;
}

const FILE_NAME = /^(fiss|mcs)(?:-(\d+)-(\d+))?\.ndjson(\.gz)?$/i;
const ENDLESS = 2n ** 63n - 1n;

/**
 * Serves `fiss.ndjson`, `mcs-1-1000.ndjson.gz` and so on; the numbers are the first and last sequence number
 * inside. Files are served by first number, last number and name, one after the other.
 */
export function ndjsonSource(store: FileStore): MessageSource {
  return {
    // As the service does for files, which may hold anything.
    range: { lower: '0', upper: '0' },
    async *messages(type, from) {
      for (const file of await filesOf(store, type)) {
        if (file.last < from) continue;
        for await (const change of readFile(store, file.name, type)) {
          if (BigInt(change.seq ?? '0') >= from) yield change;
        }
      }
    },
  };
}

async function filesOf(store: FileStore, type: ClaimType): Promise<MessageFile[]> {
  const files = (await store.names()).flatMap((name): MessageFile[] => {
    const [found, ofType = '', first, last] = FILE_NAME.exec(name) ?? [];
    if (found === undefined || ofType.toUpperCase() !== type) return [];
    return [{ name, first: BigInt(first ?? 0), last: last === undefined ? ENDLESS : BigInt(last) }];
  });
  return files.sort(
    (a, b) => Number(a.first - b.first) || Number(a.last - b.last) || (a.name < b.name ? -1 : 1),
  );
}

async function* readFile(
  store: FileStore,
  name: string,
  type: ClaimType,
): AsyncGenerator<ClaimChange> {
  const changeType = messageType(`${PACKAGE}.${LAYOUTS[type].change}`);
  const file = await store.open(name);
  const input = /\.gz$/i.test(name) ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => input.destroy(error));
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() === '') continue;
    try {
      yield fromJson(changeType, JSON.parse(text), FORMER_NAMES);
    } catch (error) {
      const problem = error instanceof JsonFormError ? error.message : 'the line is no JSON';
      throw new NdjsonError(`${name}, line ${line}: ${problem}`, { cause: error });
    }
  }
}
