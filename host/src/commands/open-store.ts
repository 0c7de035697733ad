// What commands that only read or ask need: the database, with its services if they are embedded.

import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { RunStore } from '../runs/run-store.ts';
import { openServices, type Services } from '../services.ts';
import { readSetup, type Setup } from '../setup.ts';

export interface OpenStore extends AsyncDisposable {
  readonly setup: Setup;
  readonly services: Services;
  readonly database: Database;
  readonly store: RunStore;
  readonly bootId: string;
  /** Migrations of the host's own schema that this opening applied. */
  readonly applied: readonly string[];
}

/** Opens the database a host with this configuration uses, whether one runs now or not. */
export async function openStore(configFile: string): Promise<OpenStore> {
  return openStoreOf(await readSetup(configFile, process.env));
}

/** The same, for who has read the configuration already. */
export async function openStoreOf(setup: Setup): Promise<OpenStore> {
  await using opening = new AsyncDisposableStack();
  const services = opening.use(await openServices(setup.config));
  const bootId = randomUUID();
  const database = opening.use(
    await openDatabase({
      url: services.databaseUrl,
      directUrl: services.directUrl,
      poolSize: 4,
      applicationName: `bfd-host cli ${bootId.slice(0, 8)}`,
    }),
  );
  const applied = await migrateHostSchema(database);
  const opened = opening.move();
  return {
    setup,
    services,
    database,
    bootId,
    applied,
    store: new RunStore(database, bootId),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
