// News as they come, in a real browser, also past a host that goes away and comes back.

import { createServer } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';
import { HAS_CHROMIUM, TestBrowser } from './browser.ts';

vi.setConfig({ testTimeout: 90_000 });

const STEPS = `for (let done = 1; done <= 3; done++) {
    ctx.progress({ done, total: 4, unit: 'files' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  return workDone({ counts: { files: 4 } });`;

describe.skipIf(!HAS_CHROMIUM)('an open page', () => {
  it('shows what happens without being loaded again, and finds its host again', async () => {
    await using project = await Project.make({ config: { http: { port: 0 } } });
    await project.write('load', jobSource({ name: 'load', declared: '', body: STEPS }));
    const first = project.start();
    const { page: url } = await first.waitFor({ event: 'host.started' });
    await using browser = await TestBrowser.start();
    await using opened = await browser.open(String(url));
    const { page } = opened;
    await opened.isLive();
    const row = page.getByRole('row').filter({ hasText: 'load' });

    const run = project.command('run', 'load');
    await row.getByText('25 %').waitFor();
    await row.getByText('50 %').waitFor();
    await run;
    await row.getByText('succeeded').waitFor();
    expect(await (await fetch(`${url}metrics`)).text()).toContain('# TYPE ');

    await first.stop();
    await page.locator('.connection.lost').waitFor();
    await project.configure({ http: { port: Number(new URL(String(url)).port) } });
    await project.start().waitFor({ event: 'host.started' });
    await opened.isLive();
    await expect.poll(() => row.innerText()).toContain('succeeded');
  });
});

describe.skipIf(!HAS_CHROMIUM)('another site', () => {
  it('can neither frame the page nor act in the name of whoever has it open', async () => {
    await using project = await Project.make({ config: { http: { port: 0 } } });
    await project.write('load', jobSource({ name: 'load', declared: '', body: STEPS }));
    const { page: url } = await project.start().waitFor({ event: 'host.started' });
    await using browser = await TestBrowser.start();
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${url}"></iframe><script>
        fetch('${url}api/jobs/load/pause', { method: 'POST', mode: 'no-cors', credentials: 'include' })
          .finally(() => fetch('${url}api/overview')).catch(() => {}).finally(() => { document.title = 'done'; });</script>`);
    });
    const port = await new Promise<number>((resolve) => {
      site.listen(0, '127.0.0.1', () => {
        const address = site.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const opened = await browser.open(`http://127.0.0.1:${port}/`);
    await expect.poll(() => opened.page.title()).toBe('done');

    const frame = opened.page.frames().find((each) => each !== opened.page.mainFrame());
    expect(await frame?.locator('body').innerText()).not.toContain('Jobs');
    const told = opened.faults.join('\n');
    expect(told).toMatch(/frame-ancestors|X-Frame-Options/i);
    expect(told).toContain('CORS');
    const { rows } = await project.database.pool.query('select * from bfd_host.action');
    expect(rows).toEqual([]);
    site.close();
  });
});
