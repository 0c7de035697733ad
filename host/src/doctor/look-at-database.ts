// The database: whether it answers, as what it should, fast enough, with room for everybody, and what time it is there.

import { readdir } from 'node:fs/promises';
import pg from 'pg';
import type { HostJob } from '../catalog/host-job.ts';
import type { HostConfig } from '../config/host-config.ts';
import { codeOf, DatabaseError, isDatabaseTrouble } from '../database/database-error.ts';
import { sql } from '../database/sql.ts';
import { isReady } from '../setup.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

export interface DatabaseLook {
  readonly url: string;
  readonly config: HostConfig;
  readonly jobs: readonly HostJob[];
  /** What time it is here. */
  readonly now?: () => number;
}

const CONNECT_MS = 10_000;
const OLDEST_VERSION = 15;

const FACTS = sql`
  select current_setting('server_version_num')::int as version, pg_is_in_recovery() as "isStandby",
         current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int as places,
         (select count(*)::int from pg_stat_activity
           where backend_type = 'client backend' and application_name not like 'bfd%') as others,
         has_database_privilege(current_database(), 'create') as "mayCreate",
         to_regnamespace('bfd_host') is not null as "hasSchema",
         coalesce(has_schema_privilege(to_regnamespace('bfd_host'), 'usage'), false) as "mayUse",
         current_user as role,
         (select rolcreaterole or rolsuper from pg_roles where rolname = current_user) as "mayMakeRoles"`;

const HISTORY = sql`select name from bfd_host.schema_migration order by name`;

interface Facts {
  readonly version: number;
  readonly isStandby: boolean;
  readonly places: number;
  readonly others: number;
  readonly mayCreate: boolean;
  readonly hasSchema: boolean;
  readonly mayUse: boolean;
  readonly role: string;
  readonly mayMakeRoles: boolean;
}

export async function lookAtDatabase(look: DatabaseLook): Promise<Finding[]> {
  const client = new pg.Client({
    connectionString: look.url,
    application_name: 'bfd-host doctor',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  client.on('error', () => {}); // told by the statement that fails
  try {
    await client.connect();
    return await examine(client, look);
  } catch (error) {
    return [unreachable(look.url, error)];
  } finally {
    await client.end().catch(() => {});
  }
}

function unreachable(url: string, error: unknown): Finding {
  if (
    error instanceof Error &&
    isDatabaseTrouble(error) &&
    /^[0-9A-Z]{5}$/.test(codeOf(error)) &&
    !/^(28|3D|53|57)/.test(codeOf(error))
  ) {
    return wrong(
      'database',
      'database-refused',
      `the database refused a question (SQLSTATE ${codeOf(error)})`,
      "Look at the server's log and the rights of the role.",
    );
  }
  const [text = '', remedy = ''] = new DatabaseError(url, error).message.split(/\. (?=Check)/);
  const lower = text.charAt(0).toLowerCase() + text.slice(1);
  return wrong('database', 'database-unreachable', lower, remedy);
}

async function examine(client: pg.Client, look: DatabaseLook): Promise<Finding[]> {
  const { rows } = await client.query<Facts>(FACTS);
  const [facts] = rows;
  if (!facts) throw new Error('no facts');
  const findings = [
    version(facts),
    ...standby(facts),
    ...(await schema(client, facts)),
    connections(facts, look),
    ...pluginRoles(facts, look),
    ...(await speedAndClock(client, look.now ?? Date.now)),
  ];
  return findings;
}

function version({ version: number }: Facts): Finding {
  const shown = `PostgreSQL ${Math.floor(number / 10_000)}.${number % 10_000}`;
  return number < OLDEST_VERSION * 10_000
    ? wrong(
        'versions',
        'database-version',
        `the database is ${shown}, older than this host knows`,
        `Use PostgreSQL ${OLDEST_VERSION} or newer.`,
      )
    : ok('versions', 'database-version', `the database is ${shown}`);
}

function standby({ isStandby }: Facts): Finding[] {
  if (!isStandby) return [];
  return [
    wrong(
      'database',
      'database-standby',
      'the database is a standby and takes no writes',
      'Let "database" lead to the primary.',
    ),
  ];
}

// A guard against mistakes only, so nothing is wrong without it.
function pluginRoles({ role, mayMakeRoles, mayCreate }: Facts, { jobs }: DatabaseLook): Finding[] {
  const bound = jobs.filter(
    ({ needs, plugin, pluginSettings }) =>
      needs.includes('db') && plugin.manifest.schemas.length > 0 && !pluginSettings.database,
  );
  if (bound.length === 0) return [];
  const names = [...new Set(bound.map(({ plugin }) => plugin.name))].join(', ');
  return mayMakeRoles && mayCreate
    ? [ok('database', 'plugin-roles', `${names}: each has a role bound to its schemas`)]
    : [
        warning(
          'database',
          'plugin-roles',
          `the role ${role} may not make roles, so ${names} may do in the database what the host may`,
          'Grant it CREATEROLE and CREATE on the database, or give these plugins a "database" of their own.',
        ),
      ];
}

async function schema(
  client: pg.Client,
  { hasSchema, mayUse, mayCreate, role }: Facts,
): Promise<Finding[]> {
  const files = await readdir(new URL('../../migrations/', import.meta.url));
  const known = files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace(/\.sql$/, ''));
  if (!hasSchema) {
    return mayCreate
      ? [
          ok(
            'database',
            'schema-missing',
            'the schema bfd_host is not there yet; the next start makes it',
          ),
        ]
      : [
          wrong(
            'database',
            'database-rights',
            `the role ${role} may not make the schemas bfd_host and pgboss, which are not there`,
            'Let a DBA apply the output of `bfd-host migrate --sql`, or grant CREATE on the database.',
          ),
        ];
  }
  if (!mayUse) {
    return [
      wrong(
        'database',
        'database-rights',
        `the role ${role} may not use the schema bfd_host`,
        `grant usage on schema bfd_host, pgboss to ${role}; and select, insert, update, delete on their tables`,
      ),
    ];
  }
  const { rows } = await client.query<{ name: string }>(HISTORY);
  const newer = rows.map(({ name }) => name).filter((name) => !known.includes(name));
  if (newer.length > 0) {
    return [
      wrong(
        'versions',
        'schema-newer',
        `the schema bfd_host is newer than this host: it has had ${newer.join(', ')}`,
        'Install the newer version of bfd-host, or use another database.',
      ),
    ];
  }
  const missing = known.length - rows.length;
  return [
    ok(
      'versions',
      'schema',
      missing === 0
        ? 'the schema bfd_host is up to date'
        : `the schema bfd_host lacks ${missing} migrations; the next start or \`bfd-host migrate\` applies them`,
    ),
  ];
}

/** What one host may open: its pool, pg-boss, LISTEN, and the pools of as many jobs as run at a time or keep warm. */
function connections({ places, others }: Facts, { config, jobs }: DatabaseLook): Finding {
  const ofHost = config.database.poolSize + 3;
  const ofJobs = jobs
    .filter((job) => isReady(job) && job.needs.includes('db') && !job.pluginSettings.database)
    .map(({ pluginSettings }) => pluginSettings.connections)
    .sort((a, b) => b - a)
    .slice(0, config.concurrency)
    .reduce((sum, connectionsOfJob) => sum + connectionsOfJob, 0);
  const needed = ofHost + ofJobs;
  const told = `a host may need ${needed} connections (${ofHost} of its own, ${ofJobs} for jobs); the server has ${places}, others use ${others}`;
  return needed > places - others
    ? wrong(
        'database',
        'too-few-connections',
        told,
        'Lower "database": { "poolSize" }, "concurrency" or a plugin\'s "connections", or raise max_connections.',
      )
    : ok('database', 'connections', told);
}

const SLOW_MS = 50;
const SKEW_MS = 2000;

async function speedAndClock(client: pg.Client, now: () => number): Promise<Finding[]> {
  const looks: { tookMs: number; aheadMs: number }[] = [];
  for (let index = 0; index < 5; index++) {
    const [before, sentAt] = [now(), performance.now()];
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now');
    const tookMs = performance.now() - sentAt;
    const there = rows[0]?.now.getTime() ?? before;
    looks.push({ tookMs, aheadMs: there - (before + tookMs / 2) });
  }
  // The fastest answer is the one least disturbed.
  const [best] = looks.sort((a, b) => a.tookMs - b.tookMs);
  const { tookMs, aheadMs } = best ?? { tookMs: 0, aheadMs: 0 };
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  return [
    tookMs > SLOW_MS
      ? warning(
          'database',
          'database-slow',
          `the database takes ${Math.round(tookMs)} ms to answer`,
          'Run the host nearer to it: a run asks some ten times.',
        )
      : ok('database', 'database', `the database answers in ${tookMs.toFixed(1)} ms`),
    Math.abs(aheadMs) > SKEW_MS
      ? wrong(
          'clock',
          'clock-skew',
          `this machine's clock is ${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} the database's`,
          'Let NTP set both clocks. Schedules go by the database; times in logs and S3 signatures by this machine.',
        )
      : ok(
          'clock',
          'clock',
          `this machine and the database agree on the time, within ${seconds} s`,
        ),
  ];
}
