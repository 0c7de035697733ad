// A fix-up of one table: rows without hashes get them; while pepper or iterations are being changed, all rows get
// new ones beside the former ones; and when those are not used any more, they go.

import {
  type Json,
  type Logger,
  nothingToDo,
  type Outcome,
  type Pool,
  type RunContext,
  safe,
  workDone,
} from '@bfd-host/sdk';
import { type HashSettings, hashIdentifier } from '../hashing/identifier-hash.ts';
import { DEVELOPMENT, type FixupConfig } from './fixup-config.ts';
import { developmentPepperRefused, pepperMissing } from './fixup-errors.ts';
import { FixupRun } from './fixup-run.ts';
import { type FixupStatements, type FixupTable, fixupStatements } from './fixup-statements.sql.ts';
import { HashMaker } from './hash-maker.ts';
import {
  type AskedSettings,
  type Evidence,
  fingerprintOf,
  hashSettings,
  type SettingsInUse,
  settle,
} from './settings-in-use.ts';

const SETTINGS = 'hash-settings';

export class HashFixup {
  readonly #table: FixupTable;
  readonly #statements: FixupStatements;
  readonly #db: Pool;
  readonly #config: FixupConfig;
  readonly #log: Logger;
  readonly #current: HashSettings | undefined;
  readonly #former: HashSettings | undefined;
  #asked: Promise<AskedSettings> | undefined;
  #isEmbedded: boolean | undefined;
  /** Rows without hashes that the last run had no time for. */
  #left = 0;
  /** How often the table had been written when it last held nothing to rotate. */
  #writesWhenRotated: string | undefined;

  constructor(table: FixupTable, db: Pool, config: FixupConfig, log: Logger) {
    this.#table = table;
    this.#statements = fixupStatements(table);
    this.#db = db;
    this.#config = config;
    this.#log = log;
    const { pepper, iterations, rotateFrom } = config;
    this.#current = pepper === undefined ? undefined : hashSettings({ pepper, iterations });
    this.#former = rotateFrom && hashSettings(rotateFrom);
  }

  /** @throws PermanentError `BFD_HASH_…` when the settings do not fit the stored hashes */
  async run(ctx: RunContext): Promise<Outcome> {
    const current = this.#current;
    const hasMissing = (await this.#db.query(this.#statements.hasMissing)).rowCount === 1;
    if (!current) {
      if (hasMissing) throw pepperMissing(safe.name(this.#table));
      return nothingToDo();
    }
    const asked = await this.#askedSettings(current);
    const remembered = asSettings(await ctx.checkpoint(SETTINGS));
    if (!hasMissing && !remembered && asked.from === undefined) return nothingToDo();

    await this.#checkDevelopmentPepper();
    const settings = await settle(remembered, asked, () => this.#evidence(current));
    if (settings !== remembered) await remember(ctx, settings);
    const run = new FixupRun({
      ctx,
      db: this.#db,
      log: this.#log,
      table: this.#table,
      statements: this.#statements,
      config: this.#config,
      maker: new HashMaker(current, this.#former),
    });
    const expected = this.#left;
    this.#left = 0;
    if (hasMissing) this.#left = await run.addMissing(expected);
    const isStep = run.hasTime && (await this.#changeSettings(ctx, run, settings));
    const { counts } = run;
    const didNothing =
      !hasMissing && !isStep && settings === remembered && Object.keys(counts).length === 0;
    if (didNothing) return nothingToDo();
    return workDone({ counts });
  }

  /** @returns whether a step of the change ended */
  async #changeSettings(ctx: RunContext, run: FixupRun, settings: SettingsInUse): Promise<boolean> {
    const { former } = settings;
    if (!former || former.state === 'left') return false;
    if (former.state === 'rotating') {
      if (!(await run.rotate())) return false;
      await remember(ctx, { ...settings, former: { ...former, state: 'complete' } });
      await this.#tellRotated();
      return true;
    }
    if (this.#former) {
      await this.#rotateNew(run);
      return false;
    }
    if (!(await run.forgetFormer())) return false;
    await remember(ctx, { ...settings, former: { ...former, state: 'left' } });
    this.#log.info('former hashes are gone', { table: safe.name(this.#table) });
    return true;
  }

  // Who loads with hashes of its own knows nothing of former ones, and no index finds the rows without: so the
  // table is looked through, but only when somebody has written to it.
  async #rotateNew(run: FixupRun): Promise<void> {
    const writes = await this.#countOf(this.#statements.countWrites);
    if (writes === this.#writesWhenRotated) return;
    if (await run.rotateNew()) this.#writesWhenRotated = writes;
  }

  async #tellRotated(): Promise<void> {
    const table = safe.name(this.#table);
    const unknown = Number(await this.#countOf(this.#statements.countUnknown));
    this.#log.info(
      'all hashes are rotated; take "rotateFrom" away when nobody uses the former ones',
      {
        table,
      },
    );
    if (unknown > 0) {
      this.#log.warn('hashes whose identifiers are not stored keep the former settings', {
        table,
        rows: unknown,
      });
    }
  }

  async #checkDevelopmentPepper(): Promise<void> {
    if (this.#config.pepper !== DEVELOPMENT) return;
    this.#isEmbedded ??= await isEmbedded(this.#db);
    if (!this.#isEmbedded) throw developmentPepperRefused();
  }

  #askedSettings(current: HashSettings): Promise<AskedSettings> {
    this.#asked ??= (async () => ({
      current: await fingerprintOf(current),
      ...(this.#former && { from: await fingerprintOf(this.#former) }),
    }))();
    return this.#asked;
  }

  async #evidence(current: HashSettings): Promise<Evidence> {
    const { rows } = await this.#db.query<{ identifier: string; hash: string }>(
      this.#statements.sample,
    );
    if (rows.length === 0) return 'none';
    for (const { identifier, hash } of rows) {
      if (hash === (await hashIdentifier(identifier, current))) return 'current';
      if (this.#former && hash === (await hashIdentifier(identifier, this.#former))) return 'from';
    }
    return 'other';
  }

  async #countOf(statement: string): Promise<string> {
    const { rows } = await this.#db.query<{ count: string }>(statement);
    return rows[0]?.count ?? '0';
  }
}

/**
 * Whether this is the embedded database: it listens at 127.0.0.1 and nowhere else, so nobody but this machine
 * reaches what is in it.
 */
async function isEmbedded(db: Pool): Promise<boolean> {
  const { rows } = await db.query<{ places: string }>(
    `select current_setting('listen_addresses') as places`,
  );
  return rows[0]?.places === '127.0.0.1';
}

function remember(ctx: RunContext, { current, former }: SettingsInUse): Promise<void> {
  return ctx.checkpoint(SETTINGS, { current, ...(former && { former: { ...former } }) });
}

function asSettings(value: Json | undefined): SettingsInUse | undefined {
  // Only this file writes it.
  return value as unknown as SettingsInUse | undefined;
}
