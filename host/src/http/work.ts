// What jobs have in hand, such as data sets and their files. The host knows no table of a plugin: a schema that a plugin
// names in its manifest may have a view `operator_work` of a fixed form. What is in it comes from tables, so that it is
// shown as text of a job is: names as names of files, other words if they are the author's. See host/docs/page.md.

import { readFile } from 'node:fs/promises';
import { safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import pg from 'pg';
import { z } from 'zod';
import type { CatalogPlugin } from '../catalog/catalog.ts';
import { BundleText } from '../isolation/bundle-text.ts';
import { isKnownName } from '../isolation/known-names.ts';
import type { Work, WorkItem } from './api.ts';
import type { PageSources } from './page-sources.ts';
import * as statements from './work.sql.ts';

const text = z.string();
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
  const { plugins } = setup.catalog;
  const items = await Promise.all(
    schemas.map(async (schema) => {
      const shown = await pool.query(viewStatement(schema), [SHOWN_ITEMS]);
      const authors = plugins.filter(({ manifest }) => manifest.schemas.includes(schema));
      return itemsOf(schema, shown.rows, await Promise.all(authors.map(bundleOf)));
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

type Row = z.output<typeof rowSchema>;

function itemsOf(
  schema: string,
  rows: readonly unknown[],
  bundles: readonly BundleText[],
): WorkItem[] {
  const read = rows.flatMap((row) => rowSchema.safeParse(row).data ?? []);
  const shown = ({ part_of: _, changed_at: changedAt, ...row }: Row) => ({
    ...row,
    kind: shownWords(row.kind, bundles),
    name: safeForm('file', row.name),
    state: shownWords(row.state, bundles),
    unit: shownWords(row.unit, bundles),
    changedAt: shownMoment(changedAt),
  });
  return read
    .filter(({ part_of: partOf }) => partOf === null)
    .map((row) => ({
      schema,
      ...shown(row),
      parts: read
        .filter(({ part_of: partOf }) => partOf === row.name)
        .map(shown)
        .sort((a, b) => a.name.localeCompare(b.name)),
    }));
}

/** A moment before this century is somebody's date of birth. */
function shownMoment(moment: Date | null): string | null {
  const text = moment?.toISOString() ?? WITHHELD;
  return safeForm('timestamp', text) === WITHHELD ? null : text;
}

/** `data set`, `COMPLETED`. */
function shownWords(words: string, bundles: readonly BundleText[]): string {
  const isKnown = (word: string) => bundles.some((bundle) => isKnownName(word, bundle));
  return words.split(' ').every(isKnown) ? words : WITHHELD;
}

const bundles = new WeakMap<CatalogPlugin, Promise<BundleText>>();

function bundleOf(plugin: CatalogPlugin): Promise<BundleText> {
  const known = bundles.get(plugin) ?? readBundle(plugin);
  bundles.set(plugin, known);
  return known;
}

async function readBundle({ entryFile }: CatalogPlugin): Promise<BundleText> {
  // A plugin that was taken away has no words.
  return new BundleText(await readFile(entryFile, 'utf8').catch(() => ''));
}
