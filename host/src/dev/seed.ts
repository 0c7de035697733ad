// What a plugin under development finds in its database and its S3: `dev/database.sql` and `dev/s3/BUCKET/KEY` of its
// folder, put there at each start and whenever they change.

import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { BfdError } from '../errors.ts';

class SeedError extends BfdError {
  readonly code = 'BFD_DEV_DATABASE_SQL';
  constructor(file: string, cause: unknown) {
    // The text of what somebody wrote for development, of no row of anybody.
    const said = cause instanceof Error ? cause.message : 'it cannot be run';
    super(
      `${file}: ${said}. Correct it; it is run again when it changes, so it says "if not exists".`,
      {
        cause,
      },
    );
  }
}

export interface SeedPlaces {
  readonly pluginFolder: string;
  readonly stateFolder: string;
  readonly databaseUrl: string;
}

/** @throws with code `BFD_DEV_DATABASE_SQL` when a statement fails */
export async function seed({ pluginFolder, stateFolder, databaseUrl }: SeedPlaces): Promise<void> {
  const objects = path.join(pluginFolder, 'dev', 's3');
  // The embedded S3 keeps objects as plain files, and takes what is put there for objects.
  if (existsSync(objects)) {
    const data = path.join(stateFolder, 's3', 'data');
    await cp(objects, data, { recursive: true, preserveTimestamps: true });
  }
  const file = path.join(pluginFolder, 'dev', 'database.sql');
  if (!existsSync(file)) return;
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(await readFile(file, 'utf8'));
  } catch (error) {
    throw new SeedError(path.relative(process.cwd(), file), error);
  } finally {
    await client.end();
  }
}
