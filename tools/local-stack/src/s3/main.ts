/**
 * The process of the S3 server. Its options come on stdin, so that no secret is in a command line or
 * an environment; it answers with its port on stdout, then lives until SIGTERM, or until its folder
 * is gone: nobody could tell it to stop any more.
 */
import { stat } from 'node:fs/promises';
import { json } from 'node:stream/consumers';
import { startS3Server } from './server.ts';
import type { S3ProcessOptions } from './service.ts';

const FOLDER_CHECK_MS = 2000;

const log = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};

// Written by service.ts of the same build, over a pipe that nobody else has.
const options = (await json(process.stdin)) as S3ProcessOptions;
const server = await startS3Server({ ...options, log });
log(`listening on 127.0.0.1:${server.port}`);

const { ino } = await stat(options.folder);
setInterval(async () => {
  const now = await stat(options.folder).catch(() => undefined);
  if (now?.ino !== ino) process.exit(0);
}, FOLDER_CHECK_MS);

process.on('SIGTERM', async () => {
  log('stopping');
  await server.close();
  process.exit(0);
});
process.on('SIGINT', () => undefined); // for the host, which says SIGTERM when it wants us to go

process.stdout.on('error', () => undefined); // who started us may have been killed meanwhile
process.stdout.end(`${JSON.stringify({ port: server.port })}\n`);
