// What jobs have in hand, such as data sets and their files. The host knows no table of a plugin: a schema that a plugin
// names in its manifest may have a view `operator_work` of a fixed form, and what that shows is checked once more here.
// See host/docs/page.md.

import pg from 'pg';
import { z } from 'zod';
import type { Work, WorkItem } from './api.ts';
import type { PageSources } from './page-sources.ts';
import * as statements from './work.sql.ts';

/** Names of files and states: no sentence, and nothing that quotes a row. */
const TEXT = /^[\w .:/()+=@-]{1,200}$/;
const WITHHELD = '(withheld)';
const text = z.string().transform((value) => (TEXT.test(value) ? value : WITHHELD));

const rowSchema = z.object({
  kind: text,
  name: text,
  part_of: text.nullable(),
  state: text,
  done: z.coerce.number(),
  total: z.coerce.number().nullable(),
  unit: text,
  changed_at: z.date().nullable(),
});

const SHOWN_ITEMS = 40;

export async function readWork({ setup, database }: PageSources): Promise<Work> {
  const { pool } = database;
  const named = [...new Set(setup.catalog.plugins.flatMap(({ manifest }) => manifest.schemas))];
  const { rows } = await pool.query<{ schema: string }>(statements.SCHEMAS, [named]);
  const schemas = rows.map(({ schema }) => schema);
  const items = await Promise.all(
    schemas.map(async (schema) => {
      const shown = await pool.query(viewStatement(schema), [SHOWN_ITEMS]);
      return itemsOf(schema, shown.rows);
    }),
  );
  return { now: new Date().toISOString(), schemas, items: items.flat() };
}

// The latest items that are part of no other, and their parts.
function viewStatement(schema: string): string {
  const view = `${pg.escapeIdentifier(schema)}.operator_work`;
  return `
    with latest as (
      select name from ${view} where part_of is null order by changed_at desc nulls last, name desc limit $1
    )
    select kind::text, name::text, part_of::text, state::text, done::float8, total::float8, unit::text,
           changed_at::timestamptz
      from ${view}
     where part_of is null and name in (select name from latest) or part_of in (select name from latest)
     order by changed_at desc nulls last, name`;
}

function itemsOf(schema: string, rows: readonly unknown[]): WorkItem[] {
  const read = rows.flatMap((row) => rowSchema.safeParse(row).data ?? []);
  const shown = read.map(({ part_of: partOf, changed_at: changedAt, ...row }) => ({
    partOf,
    item: { ...row, changedAt: changedAt?.toISOString() ?? null },
  }));
  return shown
    .filter(({ partOf }) => partOf === null)
    .map(({ item }) => ({
      schema,
      ...item,
      parts: shown
        .filter(({ partOf }) => partOf === item.name)
        .map((part) => part.item)
        .sort((a, b) => a.name.localeCompare(b.name)),
    }));
}
