// What people do on the page, in a real browser: it happens, it is written down, and only for whoever has the token.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HAS_CHROMIUM, type OpenPage, TestBrowser } from './browser.ts';
import { Scene } from './scene.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

describe.skipIf(!HAS_CHROMIUM)('on the page', () => {
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
  const press = (opened: OpenPage, name: string) =>
    opened.page.getByRole('button', { name, exact: true }).click();
  const said = (opened: OpenPage) => opened.page.locator('.notice').last().innerText();

  it('nobody can act without the token', async () => {
    await using opened = await browser.open(scene.url);
    await opened.isLive();
    await opened.page.getByText('Read only').waitFor();

    expect(await opened.page.locator('main button').count()).toBe(0);
  });

  it('the token can be given by hand, and forgotten', async () => {
    await using opened = await browser.open(scene.url);
    const { page } = opened;
    await page.getByText('Read only').click();
    await opened.expectAccessible();
    await page.getByLabel('Token').fill(scene.token);
    await press(opened, 'Unlock');
    await page.getByRole('button', { name: 'Run now schema' }).waitFor();

    await press(opened, 'Lock');

    await page.getByText('Read only').waitFor();
    expect(await page.locator('main button').count()).toBe(0);
  });

  it('a token in the address is used and taken out of it', async () => {
    await using opened = await browser.open(scene.url, { token: scene.token });
    await opened.page.getByRole('button', { name: 'Run now schema' }).waitFor();

    expect(opened.page.url()).toBe(scene.url);
  });

  it('a job is run now', async () => {
    await using opened = await browser.open(scene.url, { token: scene.token });
    await press(opened, 'Run now load');

    await scene.host.waitFor({ event: 'run.finished', job: 'load', trigger: 'manual' });
    await expect.poll(() => said(opened)).toContain('load runs as soon as it may.');
    expect(await scene.actions()).toContainEqual({
      action: 'run',
      job: 'load',
      via: 'page',
      who: 'page at 127.0.0.1',
    });
    await opened.expectAccessible();
  });

  it('a job is paused and resumed', async () => {
    await using opened = await browser.open(at('/jobs/load'), { token: scene.token });
    await press(opened, 'Pause load');
    await opened.page.locator('.head .badge', { hasText: 'paused' }).waitFor();
    await expect
      .poll(() => opened.page.getByRole('main').innerText())
      .toContain('by page at 127.0.0.1');

    await press(opened, 'Resume load');
    await opened.page.locator('.head .badge', { hasText: 'ready' }).waitFor();

    const asked = (await scene.actions())
      .filter(({ job }) => job === 'load')
      .map(({ action }) => action);
    expect(asked).toEqual(expect.arrayContaining(['pause', 'resume']));
    await opened.page.goto(at('/actions'));
    await expect
      .poll(() => opened.page.getByRole('main').innerText())
      .toMatch(/resume\s+load\s+page at 127\.0\.0\.1\s+page/);
    await opened.expectAccessible();
  });

  it('a run is cancelled after a question, then tried again', async () => {
    const runId = await scene.runIdOf('long');
    await using opened = await browser.open(at(`/runs/${runId}`), { token: scene.token });
    const { page } = opened;
    await press(opened, 'Cancel run of long');
    await page.getByRole('dialog', { name: 'Cancel run of long?' }).waitFor();
    await opened.expectAccessible();
    await press(opened, 'Keep it');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await scene.actions()).some(({ action }) => action === 'cancel')).toBe(false);

    await press(opened, 'Cancel run of long');
    await press(opened, 'Cancel');
    await scene.host.waitFor({ event: 'run.finished', job: 'long', result: 'cancelled' });
    await press(opened, 'Retry run of long');

    await scene.host.waitFor({ event: 'run.started', job: 'long', runId, attempt: 2 });
    await page.getByRole('heading', { name: /^Attempt 2/ }).waitFor();
    await opened.expectAccessible();
  });

  it('a quarantined job is released', async () => {
    await using opened = await browser.open(scene.url, { token: scene.token });
    await press(opened, 'Release unstable');

    await expect.poll(() => said(opened)).toContain('unstable may run again.');
    await opened.page.getByRole('row').filter({ hasText: 'unstable' }).getByText('ready').waitFor();
    await press(opened, 'Run now unstable');
    await scene.host.waitFor({ event: 'run.finished', job: 'unstable', result: 'succeeded' });
  });

  it('what cannot be done is refused with the reason', async () => {
    await using opened = await browser.open(at('/jobs/broken'), { token: scene.token });
    await opened.page.getByRole('button', { name: 'Retry broken' }).waitFor();
    await scene.project.command('pause', 'broken');
    await scene.project.command('retry', 'broken');
    await opened.page.evaluate(
      `fetch('/api/jobs/broken/retry', { method: 'POST', headers: { authorization: 'Bearer ' + localStorage.getItem('bfd-host-token') } })
         .then((response) => response.json()).then(({ code }) => { document.title = code; })`,
    );

    await expect.poll(() => opened.page.title()).toBe('BFD_NOTHING_TO_RETRY');
  });
});
