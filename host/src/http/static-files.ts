// The files of the page: those that were there at start and no others, so that no path leads anywhere else. Libraries come from their
// packages as they are; nothing is bundled.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { PageUnavailableError } from './page-error.ts';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Made when it is first asked for. */
  gzipped(): Buffer;
  readonly etag: string;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Written by people. */
const WRITTEN = path.join(ROOT, 'page');
/** Compiled from there. */
const COMPILED = path.join(ROOT, 'dist/page');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What the page imports below `vendor/`, by package and file. */
const LIBRARIES: readonly (readonly [name: string, library: string, file: string])[] = [
  ['lit-html.js', 'lit-html', 'lit-html.js'],
  ['directive.js', 'lit-html', 'directive.js'],
  ['directives/live.js', 'lit-html', 'directives/live.js'],
  ['directives/repeat.js', 'lit-html', 'directives/repeat.js'],
  ['directive-helpers.js', 'lit-html', 'directive-helpers.js'],
  ['dagre.js', '@dagrejs/dagre', 'dist/dagre.esm.js'],
  ['uplot.js', 'uplot', 'dist/uPlot.esm.js'],
  ['uplot.css', 'uplot', 'dist/uPlot.min.css'],
];

/**
 * Reads them all, by their address.
 *
 * @throws {@link PageUnavailableError} when one is missing
 */
export async function readStaticFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const require = createRequire(import.meta.url);
  const places: [string, string][] = [
    ...['index.html', 'style.css', 'icon.svg'].map((file): [string, string] => [
      `/${file}`,
      path.join(WRITTEN, file),
    ]),
    ...(await compiledFiles()).map((file): [string, string] => [
      `/${file}`,
      path.join(COMPILED, file),
    ]),
    ...LIBRARIES.map(([name, library, file]): [string, string] => [
      `/vendor/${name}`,
      path.join(packageFolder(require, library), file),
    ]),
  ];
  const files = await Promise.all(
    places.map(async ([address, place]) => [address, await readStatic(place)] as const),
  );
  return new Map(files);
}

async function compiledFiles(): Promise<string[]> {
  const files = await readdir(COMPILED, { recursive: true }).catch(() => []);
  const modules = files
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.js'));
  if (modules.includes('main.js')) return modules;
  throw new PageUnavailableError(
    path.relative(ROOT, COMPILED),
    'is not there',
    'Run `npm run build`.',
  );
}

// Packages need not let their package.json be imported; their main file is in them.
function packageFolder(require: NodeJS.Require, name: string): string {
  const main = require.resolve(name);
  const end =
    main.lastIndexOf(path.join('node_modules', name)) + path.join('node_modules', name).length;
  return main.slice(0, end);
}

async function readStatic(place: string): Promise<StaticFile> {
  const bytes = await readFile(place).catch(() => {
    throw new PageUnavailableError(
      path.relative(ROOT, place),
      'is not there',
      'Run `npm run build`, or install the package again.',
    );
  });
  let gzipped: Buffer | undefined;
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 27);
  return {
    type: TYPES[path.extname(place)] ?? 'application/octet-stream',
    bytes,
    gzipped: () => {
      gzipped ??= gzipSync(bytes);
      return gzipped;
    },
    etag: `"${digest}"`,
  };
}
