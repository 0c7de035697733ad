// Loads a bundle in a process of its own, to learn what it declares.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const TIME_LIMIT_MS = 20_000;
const REPORT_LIMIT_BYTES = 4 * 1024 * 1024;
const HEAP_LIMIT_MB = 512;

export const descriptionSchema = z.strictObject({
  apiVersion: z.int(),
  sdkVersion: z.string(),
  privileges: z.unknown(),
  schemas: z.unknown(),
  jobs: z.array(z.looseObject({ name: z.unknown() })),
});

/** What a bundle says of itself. Its parts are checked against plugin.json's schema later. */
export type Description = z.infer<typeof descriptionSchema>;

const reportSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('described'), description: descriptionSchema }),
  z.strictObject({ kind: z.literal('no-plugin'), found: z.string() }),
  z.strictObject({ kind: z.literal('definition'), problems: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('threw'),
    message: z.string(),
    stack: z.string(),
    isDenied: z.boolean(),
  }),
]);

/** How loading a bundle went. */
export type Evaluation =
  | z.infer<typeof reportSchema>
  /** It ended by itself, or stood still, before it had been loaded. */
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'too-slow'; readonly limitMs: number }
  /** Its report is of no known form. */
  | { readonly kind: 'unintelligible' };

/**
 * Loads a bundle without services, environment, network or files, and asks what it declares.
 *
 * @param file - the bundle; nothing else of its folder can be read
 * @param limitMs - how long it may take
 */
export async function evaluateBundle(
  file: string,
  limitMs: number = TIME_LIMIT_MS,
): Promise<Evaluation> {
  const bundle = await realpath(file);
  const child = spawn(process.execPath, [...permissions(bundle), CHILD, bundle], {
    cwd: dirname(bundle),
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let isTooSlow = false;
  const timer = setTimeout(() => {
    isTooSlow = true;
    child.kill('SIGKILL');
  }, limitMs);
  try {
    // The type of stdio knows only three; the fourth is the pipe asked for above.
    const pipe = child.stdio[3] as Readable;
    const [report, [code, signal]] = await Promise.all([
      readReport(pipe, () => child.kill('SIGKILL')),
      exited,
    ]);
    if (isTooSlow) return { kind: 'too-slow', limitMs };
    if (report === '') return { kind: 'ended', how: howEnded(code, signal) };
    return parseReport(report);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

const CHILD = fileURLToPath(new URL('./evaluate-child.js', import.meta.url));
const OWN_PACKAGE = fileURLToPath(new URL('../package.json', import.meta.url));

function permissions(bundle: string): string[] {
  return [
    '--permission',
    ...[bundle, CHILD, OWN_PACKAGE].map((path) => `--allow-fs-read=${path}`),
    '--no-experimental-sqlite',
    `--max-old-space-size=${HEAP_LIMIT_MB}`,
  ];
}

async function readReport(pipe: Readable, tooLong: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of pipe as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > REPORT_LIMIT_BYTES) {
      tooLong();
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseReport(text: string): Evaluation {
  try {
    return reportSchema.safeParse(JSON.parse(text)).data ?? { kind: 'unintelligible' };
  } catch {
    return { kind: 'unintelligible' };
  }
}

function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `was ended by ${signal}`;
  // Node's own code for a top-level await that nothing will ever settle.
  return code === 13 ? 'waits for something that never comes' : `exited with code ${code}`;
}
