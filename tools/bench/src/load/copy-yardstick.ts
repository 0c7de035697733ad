// The yardstick of a load: COPY of files that were split beforehand, straight into the same tables, over one
// connection or several. In this process, so that it costs no start; psql's `\copy` is no faster (README).

/// <reference path="../../../../plugins/ccw/src/load/pg-copy-streams.d.ts" />

import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CopyJob } from './split-file.ts';

/** As large as a socket's buffer: smaller parts cost a call each. */
const PART_BYTES = 256 * 1024;

/** Copies all jobs, each over a connection of its own. @returns seconds */
export async function copyAll(url: string, jobs: readonly CopyJob[]): Promise<number> {
  const clients = await Promise.all(
    jobs.map(async (files) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return { client, files };
    }),
  );
  const beganAt = performance.now();
  await Promise.all(clients.map(({ client, files }) => copyJob(client, files)));
  const seconds = (performance.now() - beganAt) / 1000;
  await Promise.all(clients.map(({ client }) => client.end()));
  return seconds;
}

async function copyJob(client: pg.Client, files: CopyJob): Promise<void> {
  for (const { statement, path } of files) {
    await pipeline(
      createReadStream(path, { highWaterMark: PART_BYTES }),
      client.query(copyFrom(statement)),
    );
  }
}
