// A database role for each plugin that has no URL of its own, which may only reach the schemas that its manifest names.
// Its sessions are the host's and take the role on, which they can put off again: a guard against mistakes, such as a
// statement that meant another schema, and not against a job that wants out.
//
// Each schema has a role, too, which owns it and what is in it; the plugin's is a member of those of its schemas. So
// two plugins can share a schema, and a table that one has made can be changed by the other.

import { createHash } from 'node:crypto';
import pg from 'pg';
import { codeOf, DatabaseError } from '../database/database-error.ts';
import * as statements from './plugin-roles.sql.ts';

const CONNECT_MS = 10_000;
/** Of the advisory lock: "bfdroles" in ASCII, shortened. */
const LOCK_KEY = 0x62666472;
/** A table that somebody reads or writes cannot be handed over meanwhile; its host tries again at the next run. */
const LIMITS = "set local lock_timeout = '2s'; set local statement_timeout = '30s'";
const NAMES = 'set local search_path = pg_catalog';
const MAY_NOT = '42501';
/** A lock that did not come, or a row of the server's own catalogs that another host was writing. */
const BUSY_CODES = new Set(['55P03', '57014', '40P01', 'XX000']);
const NO_SUCH_ROLE = '42704';
const LONGEST_NAME = 63;

export type PluginRole =
  | { readonly role: string }
  /** Why there is none: the end of a sentence that says that it has the rights of the host. */
  | { readonly role: undefined; readonly because: string };

export class PluginRoles {
  readonly #url: string;
  readonly #known = new Map<string, Promise<PluginRole>>();

  /** @param url - of the host's own role */
  constructor(url: string) {
    this.#url = url;
  }

  /**
   * The role of a plugin, made or brought up to date at the first call.
   *
   * @throws {@link DatabaseError}
   */
  of(plugin: string, schemas: readonly string[]): Promise<PluginRole> {
    return this.#once(`role ${plugin}`, (client) => makePluginRole(client, plugin, schemas));
  }

  /** Lets the role of a plugin's own URL use the functions behind fence and checkpoints. */
  letUseHost(role: string): Promise<PluginRole> {
    return this.#once(`url ${role}`, async (client) => {
      await doAll(client, statements.LET_USE_HOST, [role]);
      return { role };
    });
  }

  #once(key: string, make: (client: pg.Client) => Promise<PluginRole>): Promise<PluginRole> {
    const known = this.#known.get(key);
    if (known) return known;
    const made = this.#inTransaction(make);
    this.#known.set(key, made);
    const forget = () => this.#known.delete(key);
    made.then(({ role }) => role === undefined && forget(), forget);
    return made;
  }

  async #inTransaction(make: (client: pg.Client) => Promise<PluginRole>): Promise<PluginRole> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'bfd-host roles',
    });
    client.on('error', () => {}); // told by the statement that fails
    try {
      await client.connect();
      await client.query('begin');
      await client.query(`${LIMITS}; ${NAMES}`);
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const made = await make(client);
      await client.query('commit');
      return made;
    } catch (error) {
      if (error instanceof NoRoleError) return { role: undefined, because: error.message };
      const code = error instanceof Error ? codeOf(error) : '';
      if (code === MAY_NOT) return { role: undefined, because: MAY_NOT_MAKE_IT };
      if (code === NO_SUCH_ROLE) return { role: undefined, because: 'there is no such role' };
      if (BUSY_CODES.has(code)) return { role: undefined, because: BUSY };
      throw new DatabaseError(this.#url, error);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Not an error of anybody: the host's role may not do what it takes. */
class NoRoleError extends Error {}

const MAY_NOT_MAKE_IT =
  "the host's role may not make one: give it CREATEROLE, and CREATE on the database";
const BUSY = 'a table of its schemas was in use; this is tried again at its next run';

async function makePluginRole(
  client: pg.Client,
  plugin: string,
  schemas: readonly string[],
): Promise<PluginRole> {
  const { rows } = await client.query<AboutHost>(statements.ABOUT_HOST);
  const [about] = rows;
  if (!about) throw new NoRoleError(MAY_NOT_MAKE_IT);
  const role = roleName('plugin', plugin, about.database);
  await makeRole(client, role, about);
  for (const schema of schemas) {
    const owner = roleName('schema', schema, about.database);
    await makeRole(client, owner, about);
    await doAll(client, statements.JOIN_ROLE, [owner, role]);
    await openSchema(client, { schema, owner, role, host: about.host });
  }
  await doAll(client, statements.LET_USE_HOST, [role]);
  return { role };
}

interface AboutHost {
  readonly database: string;
  readonly host: string;
  readonly mayCreateRoles: boolean;
}

async function makeRole(client: pg.Client, role: string, about: AboutHost): Promise<void> {
  const missing = await statementsOf(client, statements.MAKE_ROLE, [role]);
  if (missing.length > 0 && !about.mayCreateRoles) throw new NoRoleError(MAY_NOT_MAKE_IT);
  for (const statement of missing) await client.query(statement);
  await doAll(client, statements.JOIN_ROLE, [role, about.host]);
}

interface SchemaRoles {
  readonly schema: string;
  /** The role of the schema. */
  readonly owner: string;
  /** The role of the plugin. */
  readonly role: string;
  readonly host: string;
}

async function openSchema(
  client: pg.Client,
  { schema, owner, role, host }: SchemaRoles,
): Promise<void> {
  const { rows } = await client.query<{ owner: string }>(statements.SCHEMA_OWNER, [schema]);
  const ownerNow = rows[0]?.owner;
  if (ownerNow === undefined) await doAll(client, statements.MAKE_SCHEMA, [schema, owner]);
  // Only what the host made itself, or a copy of this database did, is handed over; "public" is everybody's.
  const isOurs = ownerNow === undefined || ownerNow === host || isOfOurs(ownerNow);
  if (isOurs && schema !== 'public') {
    await doAll(client, statements.HAND_OVER_SCHEMA, [schema, owner]);
    await doAll(client, statements.HAND_OVER_CONTENTS, [schema, owner, host]);
  } else {
    await doAll(client, statements.PASS_ON_RIGHTS, [schema, owner]);
  }
  await doAll(client, statements.SHARE_NEW_OBJECTS, [schema, owner, role]);
  const { rows: lacking } = await client.query(statements.LACKS_RIGHTS, [schema, role]);
  if (lacking[0]?.lacks) {
    throw new NoRoleError(
      `the host's role may not pass on its rights in schema ${schema}: grant them to it with grant option`,
    );
  }
}

/** Runs what another statement says. */
async function doAll(
  client: pg.Client,
  statement: string,
  values: readonly unknown[],
): Promise<void> {
  for (const each of await statementsOf(client, statement, values)) await client.query(each);
}

async function statementsOf(
  client: pg.Client,
  statement: string,
  values: readonly unknown[],
): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(statement, [...values]);
  return rows.map((row) => row.statement);
}

/** Roles belong to the whole server, so the database is part of the name. */
function roleName(kind: 'plugin' | 'schema', name: string, database: string): string {
  const whole = `bfd_${kind}:${name}@${database}`;
  if (Buffer.byteLength(whole) <= LONGEST_NAME) return whole;
  return `bfd_${kind}:${createHash('sha256').update(whole).digest('hex').slice(0, 32)}`;
}

function isOfOurs(role: string): boolean {
  return role.startsWith('bfd_schema:');
}

/** A URL whose sessions take on a role as they begin. */
export function withRole(url: string, role: string): string {
  const parsed = new URL(url);
  const before = parsed.searchParams.get('options');
  const option = `-c role=${role.replace(/[\\\s]/g, (character) => `\\${character}`)}`;
  parsed.searchParams.set('options', before === null ? option : `${before} ${option}`);
  return parsed.href;
}
