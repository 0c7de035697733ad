// Each script in `scripts` makes something happen to real hosts on a real database; `why` must name the right cause
// first. One stage each, on a database of its own.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from './incident.ts';
import { Stage, templateDatabase } from './stage.ts';

const SCRIPTS = join(import.meta.dirname, 'scripts');
const names = readdirSync(SCRIPTS)
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();

describe('why', () => {
  let template: Awaited<ReturnType<typeof templateDatabase>>;
  beforeAll(async () => {
    template = await templateDatabase();
  });
  afterAll(() => template[Symbol.asyncDispose]());

  it.each(names)('knows the cause when %s', { timeout: 60_000 }, async (name) => {
    const { default: what }: { default: Incident } = await import(join(SCRIPTS, `${name}.ts`));
    await using stage = await Stage.open(template.name, what);
    await what.happens(stage);

    const { verdict, because } = await stage.why(what.asks, what.at);

    expect(verdict).toMatchObject({ kind: what.verdict, job: what.asks });
    if (what.says) expect(verdict.text).toMatch(what.says);
    if (what.because) expect(because.map(({ kind }) => kind)).toEqual(what.because);
  });

  it('is asked about at least forty incidents', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
  });
});
