import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal, startTestS3, type TestS3 } from '../../../../test/support/s3.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3[Symbol.asyncDispose]());

const ODD_KEYS = [
  'sp ace/ü ñ/€.txt',
  'plus+and&amp;=?#%25.txt',
  'a//double',
  'trailing/',
  'dir/file',
  'dir',
  'ünïcödé/日本語/😀',
  'decomposed u\u0308',
  'quote\'"<>.txt',
  'back\\slash',
  '..dots../x',
  '.hidden',
  'colon:star*|pipe',
  '%2e%2e/enc',
  `${'x'.repeat(250)}/y`,
  'x'.repeat(300),
  `${'d'.repeat(100)}/`.repeat(9) + 'e'.repeat(100),
  '~tilde',
  'tab\there',
  'line\nbreak',
  'CON',
];

const ESCAPING_KEYS = [
  '../escape',
  '../../escape',
  'a/../../../escape',
  '..',
  '.',
  './x',
  '/absolute',
  '....//....//escape',
  '..%2f..%2fescape',
  'x/../../../../../../../../etc/passwd',
];

describe('any key that S3 allows', () => {
  it.each(ODD_KEYS)('is kept and listed: %j', async (key) => {
    await put(`odd/${key}`, `content of ${key}`);

    expect(await read(`odd/${key}`)).toBe(`content of ${key}`);
    expect(await listed('odd/')).toContain(`odd/${key}`);
  });

  it('survives a restart of the server, also one that is no path', async () => {
    await put('kept/..', 'a blob', { md5chksum: 'x' });

    await s3.restart();

    expect(await read('kept/..')).toBe('a blob');
    expect(await listed('kept/')).toEqual(['kept/..']);
    const head = await s3.client.headObject({ Bucket: s3.bucket, Key: 'kept/..' });
    expect(head.Metadata).toEqual({ md5chksum: 'x' });
  });

  it('may be a name and at once the folder of others, and either may go', async () => {
    await put('both/below', 'below');
    await put('both', 'itself');
    expect(await listed('both')).toEqual(['both', 'both/below']);

    await s3.client.deleteObject({ Bucket: s3.bucket, Key: 'both/below' });
    await put('both', 'itself again');

    expect(await listed('both')).toEqual(['both']);
    expect(await read('both')).toBe('itself again');
    expect(await readFile(join(s3.folder, 'data', s3.bucket, 'both'), 'utf8')).toBe('itself again');
  });

  it('is refused when it is longer than 1024 bytes', async () => {
    expect(await refusal(put('é'.repeat(513), 'x'))).toEqual({
      status: 400,
      code: 'KeyTooLongError',
    });
  });
});

describe('a key that looks like a way out', () => {
  it.each(ESCAPING_KEYS)('stays inside: %j', async (key) => {
    const before = await everyFileOutside();

    await put(key, 'EVIL');

    expect(await read(key)).toBe('EVIL');
    expect(await everyFileOutside()).toEqual(before);
  });

  it('reads nothing of the machine', async () => {
    const absent = s3.client.getObject({
      Bucket: s3.bucket,
      Key: 'y/../../../../../../../../../etc/passwd',
    });

    expect(await refusal(absent)).toEqual({ status: 404, code: 'NoSuchKey' });
  });

  it('reads nothing either when a raw client sends it', async () => {
    const paths = [
      `/${s3.bucket}/../../../../../../../etc/passwd`,
      `/${s3.bucket}/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd`,
      '/..%2f..%2f..%2f..%2fetc/passwd',
      `/${s3.bucket}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd`,
    ];
    for (const path of paths) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 403 /);
      expect(answer).not.toContain('root:');
    }
  });
});

describe('files that a person put into the folder of a bucket', () => {
  it('are objects: listed, read, copied, removed', async () => {
    const folder = join(s3.folder, 'data', s3.bucket, 'Incoming/2024-01-05T00:00:00Z');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '0_manifest.xml'), '<manifest/>');
    const key = 'Incoming/2024-01-05T00:00:00Z/0_manifest.xml';

    expect(await listed('Incoming/')).toEqual([key]);
    expect(await read(key)).toBe('<manifest/>');
    await s3.client.deleteObject({ Bucket: s3.bucket, Key: key });
    expect(existsSync(folder)).toBe(false);
  });

  it('have another ETag after an edit, and lose what was said of the file before', async () => {
    await put('edited', 'before', { said: 'before' });
    const { ETag: first } = await s3.client.headObject({ Bucket: s3.bucket, Key: 'edited' });

    await writeFile(join(s3.folder, 'data', s3.bucket, 'edited'), 'after the edit');

    const head = await s3.client.headObject({ Bucket: s3.bucket, Key: 'edited' });
    expect(head.ETag).not.toBe(first);
    expect(head.ContentLength).toBe(14);
    expect(head.Metadata).toEqual({});
    expect(await read('edited')).toBe('after the edit');
  });

  it('may be a whole bucket', async () => {
    await mkdir(join(s3.folder, 'data/by-hand'));
    await writeFile(join(s3.folder, 'data/by-hand/file'), 'x');

    const page = await s3.client.listObjectsV2({ Bucket: 'by-hand' });

    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['file']);
  });

  it('lead nowhere else by a symbolic link', async () => {
    const folder = join(s3.folder, 'data', s3.bucket);
    await symlink('/etc', join(folder, 'link'));
    await symlink('/etc/passwd', join(folder, 'passwd'));

    expect(await listed('link')).toEqual([]);
    expect(await refusal(read('link/passwd'))).toMatchObject({ code: 'NoSuchKey' });
    expect(await refusal(read('passwd'))).toMatchObject({ code: 'NoSuchKey' });
    await put('link/bfd-test-evil', 'EVIL');
    expect(existsSync('/etc/bfd-test-evil')).toBe(false);
    expect(await read('link/bfd-test-evil')).toBe('EVIL');
  });
});

describe('a server that was killed in the middle of a write', () => {
  it('left the old object whole when the new one was not in place yet', async () => {
    await put('torn', 'old', { version: 'old' });
    const [sidecar] = await sidecarsOf('torn');
    await writeFile(`${sidecar}.next`, JSON.stringify(await newSidecar('torn', 'new!')));

    expect(await versionOf('torn')).toBe('old');
  });

  it('left the new object whole when its sidecar was not in place yet', async () => {
    await put('torn-late', 'old', { version: 'old' });
    const [sidecar] = await sidecarsOf('torn-late');
    const file = join(s3.folder, 'data', s3.bucket, 'torn-late');
    await writeFile(`${sidecar}.next`, JSON.stringify(await newSidecar('torn-late', 'new!')));
    await writeFile(file, 'new!');
    await utimes(file, NEW_TIME, NEW_TIME);

    expect(await versionOf('torn-late')).toBe('new');
  });
});

afterAll(() => expect(s3.log).toEqual([]));

const NEW_TIME = new Date('2024-01-05T00:00:00Z');

async function newSidecar(key: string, content: string): Promise<object> {
  const [sidecar = ''] = await sidecarsOf(key);
  const before = JSON.parse(await readFile(sidecar, 'utf8'));
  return {
    ...before,
    sizeBytes: content.length,
    modifiedMs: NEW_TIME.getTime(),
    userMetadata: { version: 'new' },
  };
}

async function sidecarsOf(key: string): Promise<string[]> {
  const folder = join(s3.folder, 'meta', s3.bucket);
  const files = (await readdir(folder)).map((name) => join(folder, name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return files.filter((_file, index) => JSON.parse(contents[index] ?? '{}').key === key);
}

async function versionOf(key: string): Promise<string | undefined> {
  const head = await s3.client.headObject({ Bucket: s3.bucket, Key: key });
  return head.Metadata?.['version'];
}

function put(Key: string, Body: string, Metadata: Record<string, string> = {}) {
  return s3.client.putObject({ Bucket: s3.bucket, Key, Body, Metadata });
}

async function read(Key: string): Promise<string | undefined> {
  const { Body } = await s3.client.getObject({ Bucket: s3.bucket, Key });
  return Body?.transformToString();
}

async function listed(Prefix: string): Promise<(string | undefined)[]> {
  const { Contents } = await s3.client.listObjectsV2({ Bucket: s3.bucket, Prefix });
  return (Contents ?? []).map(({ Key }) => Key);
}

// All that lies in the server's folder and beside it, but for where objects may go.
async function everyFileOutside(): Promise<string[]> {
  const above = (await readdir(join(s3.folder, '..'))).filter((name) => name.includes('escape'));
  const inside = await readdir(s3.folder, { recursive: true });
  const own = inside.filter(
    (name) => !/^(?:blobs|meta|tmp)\//.test(name) && !name.includes('data/a-bucket/'),
  );
  return [
    ...above,
    ...own,
    ...(await readdir('/')),
    ...(await readdir(join(s3.folder, 'data'))),
  ].sort();
}

function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(s3.endpoint).port), '127.0.0.1', () =>
      socket.write(request),
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('close', () => resolve(answer)).once('error', reject);
  });
}
