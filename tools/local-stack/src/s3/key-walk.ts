/**
 * The keys of a bucket in the order S3 lists them: by the bytes of their UTF-8. Folders are read only as
 * the walk gets to them, so a page costs what it shows and not what the bucket holds.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPathLike } from './keys.ts';

// Greater than any byte of UTF-8: "prefix, then this" comes behind all keys with that prefix.
const BEHIND = Buffer.from([0xff]);

export class KeyWalk implements AsyncIterable<string> {
  readonly #folder: string;
  readonly #blobKeys: Buffer[];
  readonly #prefix: Buffer;
  #after: Buffer = Buffer.alloc(0);

  /** @param folder - of the bucket; `blobKeys`: those of its keys that are no paths there */
  constructor(folder: string, blobKeys: Iterable<string>, prefix: string) {
    this.#folder = folder;
    this.#prefix = Buffer.from(prefix);
    this.#blobKeys = [...blobKeys]
      .map((key) => Buffer.from(key))
      .filter((key) => startsWith(key, this.#prefix))
      .sort(Buffer.compare);
  }

  /** How far the walk has come, to be given to {@link goOn} in a later one. */
  get position(): Buffer {
    return this.#after;
  }

  /** Only what comes behind this position. Also in the middle of a walk. */
  goOn(position: Buffer): void {
    if (Buffer.compare(position, this.#after) > 0) this.#after = position;
  }

  /** Leaves out the rest of what begins with this prefix. */
  passOver(prefix: string): void {
    this.goOn(Buffer.concat([Buffer.from(prefix), BEHIND]));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    let blob = 0;
    for await (const key of this.#walk(this.#folder, '')) {
      for (; blob < this.#blobKeys.length; blob++) {
        const blobKey = this.#blobKeys[blob];
        if (blobKey === undefined || Buffer.compare(blobKey, key) >= 0) break;
        if (this.#isAhead(blobKey)) yield this.#take(blobKey);
      }
      // A file that a person put where a blob has its key: the blob is the object.
      if (this.#isAhead(key)) yield this.#take(key);
    }
    for (const blobKey of this.#blobKeys.slice(blob)) {
      if (this.#isAhead(blobKey)) yield this.#take(blobKey);
    }
  }

  #isAhead(key: Buffer): boolean {
    return Buffer.compare(key, this.#after) > 0;
  }

  #take(key: Buffer): string {
    this.#after = key;
    return key.toString('utf8');
  }

  async *#walk(folder: string, parent: string): AsyncGenerator<Buffer> {
    for (const { name, isFolder, bytes } of await entriesOf(folder, parent)) {
      if (!isFolder) {
        if (startsWith(bytes, this.#prefix) && this.#isAhead(bytes)) yield bytes;
        continue;
      }
      const mayMatch = startsWith(bytes, this.#prefix) || startsWith(this.#prefix, bytes);
      if (!mayMatch || !this.#isAhead(Buffer.concat([bytes, BEHIND]))) continue;
      yield* this.#walk(join(folder, name), `${parent}${name}/`);
    }
  }
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  /** The key, or for a folder what its keys begin with. */
  readonly bytes: Buffer;
}

// A folder sorts as its name with the slash, so `a-b` comes before `a/b`, and both behind `a`.
async function entriesOf(folder: string, parent: string): Promise<Entry[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []); // removed meanwhile
  return found
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && isPathLike(entry.name))
    .map((entry) => {
      const isFolder = entry.isDirectory();
      const bytes = Buffer.from(`${parent}${entry.name}${isFolder ? '/' : ''}`);
      return { name: entry.name, isFolder, bytes };
    })
    .sort((left, right) => Buffer.compare(left.bytes, right.bytes));
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.subarray(0, prefix.length).equals(prefix);
}
