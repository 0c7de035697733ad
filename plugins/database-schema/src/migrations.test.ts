import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MIGRATIONS, migration } from './migrations.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

describe('the list of migrations', () => {
  it('holds every file of the folder, in order', () => {
    const files = readdirSync(FOLDER).sort();

    expect(MIGRATIONS.map(({ name }) => `${name}.sql`)).toEqual(files);
  });

  it('counts up from 42 without a gap', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(
      MIGRATIONS.map((_, index) => 42 + index),
    );
  });

  it('holds the text of each file', () => {
    for (const { name, sql } of MIGRATIONS) {
      expect(sql).toBe(readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8'));
    }
  });

  it('refuses a name without a number', () => {
    expect(() => migration('baseline', 'select 1')).toThrow(
      '"baseline" is not of the form NNN_what',
    );
  });
});
