// Each view of the page in a real browser, with a real host behind it: what it shows, and that axe finds nothing wrong.

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HAS_CHROMIUM, TestBrowser } from './browser.ts';
import { Scene } from './scene.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const ROOT = path.resolve(import.meta.dirname, '../..');

describe.skipIf(!HAS_CHROMIUM)('the page', () => {
  let scene: Scene;
  let browser: TestBrowser;
  beforeAll(async () => {
    [scene, browser] = await Promise.all([Scene.open(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  const at = (address: string) => `${scene.url.replace(/\/$/, '')}${address}`;

  it('lists jobs with state, next fire, last result, streak and what needs attention', async () => {
    await using opened = await browser.open(scene.url);
    const { page } = opened;
    const row = (job: string) =>
      page
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: new RegExp(`^${job}\\b`) }) });
    await opened.isLive();

    await expect
      .poll(() => row('schema').innerText())
      .toMatch(/ready[\s\S]*in \d+ h[\s\S]*succeeded[\s\S]*100 % of 1/);
    expect(await row('long').innerText()).toMatch(
      /running[\s\S]*30 % · hospice\.csv · 3 files of 10 files/,
    );
    expect(await row('broken').innerText()).toMatch(/failed[\s\S]*1 failure/);
    expect(await row('after-broken').innerText()).toMatch(
      /waiting\s*the last run of broken failed \(CLAIMS_DATE\)/,
    );
    expect(await row('spare').innerText()).toContain('disabled');
    expect(await row('unstable').innerText()).toContain('quarantined');
    await expect.poll(() => row('hashes').innerText()).toContain('nothing to do × 1');
    const attention = page.getByRole('region', { name: 'Needs attention' });
    expect(await attention.innerText()).toContain(
      'broken failed: CLAIMS_DATE Rows of carrier.csv are not as they must be.',
    );
    await opened.expectAccessible();
  });

  it('filters jobs by name and by what they need, and keeps that in the address', async () => {
    await using opened = await browser.open(scene.url);
    const { page } = opened;
    await page.getByLabel('Filter').fill('brok');
    await expect.poll(() => page.getByRole('rowheader').count()).toBe(2);
    await page.getByRole('link', { name: /Need attention/ }).click();

    await expect
      .poll(() => page.getByRole('rowheader').allInnerTexts())
      .toEqual([expect.stringMatching(/^broken/)]);
    expect(new URL(page.url()).search).toBe('?q=brok&show=attention');
  });

  it('draws the graph with states in words, and tells the same as a list', async () => {
    await using opened = await browser.open(at('/graph'));
    const { page } = opened;
    const graph = page.getByRole('group', { name: 'Jobs and what they depend on' });
    await graph.getByRole('link', { name: /after-broken\s+waiting/ }).waitFor();
    expect(await graph.getByRole('link', { name: /load\s+ready, last succeeded/ }).count()).toBe(1);
    expect(await graph.locator('path.arrow').count()).toBe(3);
    await opened.expectAccessible();

    await page.getByText('The same as a list').click();
    expect(await page.getByRole('listitem').allInnerTexts()).toContainEqual(
      expect.stringMatching(/^load\s+ready depends on schema >=42/),
    );
    await graph.getByRole('link', { name: /load\s+ready/ }).click();
    await page.getByRole('heading', { level: 1, name: 'load' }).waitFor();
  });

  it('shows the runs of all jobs in time, zooms, filters and leads to a run', async () => {
    await using opened = await browser.open(at('/timeline'));
    const { page } = opened;
    const runs = page.getByRole('group', { name: 'Runs by job' });
    await runs.getByRole('link', { name: /^load, succeeded/ }).waitFor();
    await opened.expectAccessible();

    await page.getByRole('link', { name: '15 min' }).click();
    await expect.poll(() => new URL(page.url()).search).toBe('?hours=0.25');
    await page.getByRole('region', { name: /^Timeline/ }).press('-');
    await expect.poll(() => new URL(page.url()).search).toBe('?hours=1');
    await page.getByLabel('Result').selectOption('not-succeeded');
    await expect.poll(() => runs.getByRole('link', { name: /^load, succeeded/ }).count()).toBe(0);
    await runs.getByRole('link', { name: /^broken, failed/ }).click();
    await page.getByRole('heading', { level: 1, name: /^Run / }).waitFor();
  });

  it('shows a run with counts, log and trace', async () => {
    await using opened = await browser.open(at(`/runs/${await scene.runIdOf('load')}`));
    const { page } = opened;
    const main = page.getByRole('main');
    await expect.poll(() => main.innerText()).toMatch(/records\s*18,483/);
    const text = await main.innerText();
    expect(text).toMatch(/Trace\s*[0-9a-f]{32}/);
    expect(text).toMatch(/Why\s*start of a host/);
    const log = page.getByRole('region', { name: 'Log' });
    expect(await log.innerText()).toMatch(
      /info\s*data set begun\s*manifest Incoming\/\S+\/0_manifest\.xml\s*files 2/,
    );
    expect(await log.innerText()).toMatch(
      /warn\s*columns that the layout does not have are ignored\s*columns 3/,
    );
    await opened.expectAccessible();
  });

  it('shows where a run failed', async () => {
    await using opened = await browser.open(at(`/runs/${await scene.runIdOf('broken')}`));
    const main = opened.page.getByRole('main');
    await expect
      .poll(() => main.innerText())
      .toContain('CLAIMS_DATE Rows of carrier.csv are not as they must be.');
    expect(await opened.page.getByRole('list', { name: 'Places' }).innerText()).toBe(
      'carrier.csv, line 17, column CLM_FROM_DT: BFD_RIF_DATE',
    );
    await opened.expectAccessible();
  });

  it('shows why a job waits with the chain, its fires, settings and durations', async () => {
    // A picture needs two runs.
    await scene.project.database.pool.query(
      `insert into bfd_host.run select (jsonb_populate_record(r, jsonb_build_object('run_id', gen_random_uuid(), 'started_at', r.started_at - interval '1 hour',
         'finished_at', r.started_at - interval '59 minutes'))).* from bfd_host.run r where job_name = 'schema' limit 1`,
    );
    await using opened = await browser.open(at('/jobs/after-broken'));
    const { page } = opened;
    await expect
      .poll(() => page.getByRole('main').innerText())
      .toMatch(
        /Why\s*The last run of broken failed \(CLAIMS_DATE\)\.\s*broken: its last run failed/,
      );
    expect(await page.getByRole('main').innerText()).toContain('What to do: Mend what failed');
    await opened.expectAccessible();

    await page.goto(at('/jobs/schema'));
    await page
      .getByRole('img', { name: 'Durations of the last 2 recorded runs of schema' })
      .locator('canvas')
      .waitFor();
    const text = await page.getByRole('main').innerText();
    expect(text).toMatch(/0 4 \* \* \* in America\/New_York/);
    expect(await page.getByRole('listitem').filter({ hasText: '04:00:00' }).count()).toBe(8);
    expect(text).toMatch(/Others that depend on it\s*load/);
    await opened.expectAccessible();
  });

  it('lists runs, filters them and goes through them page by page', async () => {
    await using opened = await browser.open(at('/runs?limit=2'));
    const { page } = opened;
    await page.getByRole('link', { name: 'Older' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.has('after')).toBe(true);
    await page.getByRole('link', { name: 'Newest' }).click();
    await page.getByLabel('Result').selectOption('not-succeeded');

    await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['broken']);
    await opened.expectAccessible();
  });

  it('shows hosts with versions, memory and deaths, and plugins', async () => {
    await using opened = await browser.open(at('/hosts'));
    const main = opened.page.getByRole('main');
    await expect
      .poll(() => main.innerText(), { timeout: 15_000 })
      .toMatch(/long\s+running\s+[\d,]+ MiB\s+\d\s+0/);
    const text = await main.innerText();
    await expect.poll(() => main.innerText()).toMatch(/claims\s+1\.0\.0\s+broken, .*schema/);
    expect(text).toMatch(/Memory\s*[\d,]+ MiB/);
    await expect.poll(() => main.innerText()).toMatch(/unstable it is quarantined for crashing/);
    await opened.expectAccessible();
  });

  it('shows data sets of a plugin that has a view of them, and no word that is not of its author', async () => {
    await using opened = await browser.open(at('/work'));
    const main = opened.page.getByRole('main');
    await expect
      .poll(() => main.innerText())
      .toMatch(/Incoming\/2026-03-06T12:00:00Z data set, claims\s*started\s*1 of 2 files/);
    expect(await main.innerText()).toMatch(/hospice\.csv\s+started\s+92 records/);
    expect(await main.innerText()).not.toContain('Lovelace');
    expect(await main.innerText()).toContain('(withheld)');
    await opened.expectAccessible();
  });

  it('says what there is not at an address that leads nowhere', async () => {
    await using opened = await browser.open(at('/runs/00000000-0000-4000-8000-000000000000'));
    await expect
      .poll(() => opened.page.getByRole('main').innerText())
      .toContain('There is nothing at this address.');
  });

  it('can be used by keyboard alone', async () => {
    await using opened = await browser.open(scene.url);
    const { page } = opened;
    await opened.isLive();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
    for (let index = 0; index < 3; index++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Graph' }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('title');
  });

  it.each(['light', 'dark'] as const)(
    'is readable in %s colours, also on a narrow screen',
    async (colorScheme) => {
      await using opened = await browser.open(scene.url, {
        colorScheme,
        width: 400,
        token: scene.token,
      });
      await opened.isLive();
      await opened.page.getByRole('button', { name: 'Run now schema' }).waitFor();
      await opened.expectAccessible();
      expect(await opened.page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      for (const view of ['/graph', '/jobs/broken', '/hosts']) {
        await opened.page.goto(at(view));
        await opened.page.locator('.badge, .box').first().waitFor();
        await opened.expectAccessible();
      }
    },
  );

  it('can be photographed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-page-'));
    const isUpdate = process.env['SCREENSHOT'] === 'update';
    const file = isUpdate ? path.join(ROOT, 'host/docs/page.png') : path.join(folder, 'page.png');
    await using opened = await browser.open(scene.url, { width: 1180, token: scene.token });
    await opened.isLive();
    await opened.page.getByRole('button', { name: 'Run now schema' }).waitFor();
    await opened.page.screenshot({ path: file });

    expect((await stat(file)).size).toBeGreaterThan(20_000);
    await rm(folder, { recursive: true });
  });
});
