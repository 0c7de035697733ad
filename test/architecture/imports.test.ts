// The map of who may import whom (README, "Where things are"), each line with its reason.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Rule {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly because: string;
}

const FORBIDDEN: readonly Rule[] = [
  {
    from: /^sdk\//,
    to: /^(host|plugins|tools|test)\//,
    because: 'the SDK is all that an author needs, so it needs nobody',
  },
  {
    from: /^host\//,
    to: /^plugins\//,
    because: 'the host reads manifests; no plugin code runs in it',
  },
  {
    from: /^host\/(?!src\/(services|dev\/build)\.ts)/,
    to: /^tools\//,
    because:
      'a host with its own database and S3 runs without the embedded ones, and builds nothing',
  },
  {
    from: /^plugins\//,
    to: /^(host|test)\//,
    because: 'a plugin is built apart from its host and works with any that speaks its API version',
  },
  {
    from: /^plugins\//,
    to: /^tools\/(?!rif\/)/,
    because: 'a plugin bundles what it imports; of tools only the RIF format is data for it',
  },
  {
    from: /^tools\/(?!testkit\/|bench\/)/,
    to: /^(host|plugins|test)\//,
    because: 'tools are used by hosts and plugins, not the other way round',
  },
  {
    from: /^tools\/testkit\//,
    to: /^(plugins|test)\//,
    because: 'the testing kit is for authors of any plugin',
  },
];

// Inside the host, in the order of a run: a later step may know an earlier one's data, the isolated child
// nobody but the channel.
const CHILD = /^host\/src\/isolation\/child\//;
const CHILD_MAY = /^host\/src\/(isolation\/|errors\.ts)|^sdk\//;

const PACKAGES: Readonly<Record<string, string>> = {
  '@bfd-host/sdk': 'sdk/src/index.ts',
  '@bfd-host/host': 'host/src/index.ts',
  '@bfd-host/local-stack': 'tools/local-stack/src/index.ts',
  '@bfd-host/plugin-builder': 'tools/plugin-builder/src/index.ts',
  '@bfd-host/rif': 'tools/rif/src/index.ts',
  '@bfd-host/testkit': 'tools/testkit/src/index.ts',
  '@bfd-host/bench': 'tools/bench/src/index.ts',
};

/** Every import of ours that leads to a file of ours, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].flatMap(([, name = '']) => {
    if (name.startsWith('.')) return path.posix.join(path.posix.dirname(file), name);
    const owner = Object.keys(PACKAGES).find((key) => name === key || name.startsWith(`${key}/`));
    return owner ? (PACKAGES[owner] ?? []) : [];
  });
}

function sources(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => /^(sdk|host|plugins|tools)\//.test(file))
    .filter((file) => file.endsWith('.ts') && !/(^|\/)(node_modules|dist)\//.test(file));
}

const isTest = (file: string) => /\.(test|testkit)\.ts$/.test(file);

describe('imports point one way', () => {
  const code = sources().filter((file) => !isTest(file));

  it('looks at all of the code', () => {
    expect(code.length).toBeGreaterThan(50);
  });

  it.each(FORBIDDEN)('from $from not to $to: $because', ({ from, to }) => {
    const breaches = code
      .filter((file) => from.test(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => to.test(target) && !target.startsWith(ownPackage(file)))
          .map((target) => `${file} → ${target}`),
      );
    expect(breaches).toEqual([]);
  });

  it('lets no plugin import another', () => {
    const breaches = code
      .filter((file) => file.startsWith('plugins/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => target.startsWith('plugins/') && !target.startsWith(ownPackage(file)))
          .map((target) => `${file} → ${target}`),
      );
    expect(breaches).toEqual([]);
  });

  it('keeps the job process apart from the host around it', () => {
    const breaches = code
      .filter((file) => CHILD.test(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !CHILD_MAY.test(target))
          .map((target) => `${file} → ${target}`),
      );
    expect(breaches).toEqual([]);
  });

  it.each(['services.ts', 'dev/build.ts'])(
    'reaches embedded services and builder from the host by dynamic import only: %s',
    (file) => {
      const text = readFileSync(path.join(ROOT, 'host/src', file), 'utf8');
      const eager = [...text.matchAll(/^import (?!type)[^;]*@bfd-host\/(?!sdk)/gm)];
      expect(text).toContain("import('@bfd-host/");
      expect(eager).toEqual([]);
    },
  );
});

function ownPackage(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'plugins' || top === 'tools' ? `${top}/${second}/` : `${top}/`;
}
