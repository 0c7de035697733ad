// A real Chromium, from npm, and what the page's tests ask of it.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import chromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type Page,
  chromium as playwright,
} from 'playwright-core';
import { expect } from 'vitest';

/** npm's Chromium is for Linux on this processor; elsewhere these tests are skipped. */
export const HAS_CHROMIUM = process.platform === 'linux' && process.arch === 'x64';

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  /** Of the host, to act. */
  readonly token?: string;
  /** Of the page, where it is opened later. */
  readonly origin?: string;
}

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    const executablePath = await chromium.executablePath();
    // Tests run as root in many places, where Chromium's own sandbox does not.
    const browser = await playwright.launch({ executablePath, args: ['--no-sandbox'] });
    return new TestBrowser(browser);
  }

  /** Opens an address and waits until the page is live. Fails the test when the page meets an error of its own. */
  async open(url: string, options: PageOptions = {}): Promise<OpenPage> {
    const { colorScheme = 'light', width = 1280, token } = options;
    const context = await this.#browser.newContext({
      colorScheme,
      viewport: { width, height: 900 },
      locale: 'en-US',
      timezoneId: 'America/New_York',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const opened = new OpenPage(page, context, options.origin ?? new URL(url).origin);
    await page.goto(token === undefined ? url : `${url}#token=${token}`);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

export class OpenPage implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #faults: string[] = [];

  constructor(page: Page, context: BrowserContext, origin: string) {
    this.page = page;
    this.#context = context;
    page.on('pageerror', (error) => this.#faults.push(String(error)));
    page.on('console', (message) => {
      // What the host answered with an error on purpose is told there, too.
      const isNetwork = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isNetwork) this.#faults.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.#faults.push(`asked ${request.url()}`);
    });
  }

  /** What went wrong in the browser so far: errors, broken policies, requests to anybody else. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  async isLive(): Promise<void> {
    await this.page.locator('.connection.live').waitFor();
  }

  /** Fails with what axe finds wrong with the page as it is. */
  async expectAccessible(): Promise<void> {
    axe ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    // Not as a script of the page, whose policy takes none.
    await this.page.evaluate(`${await axe}; void 0`);
    const violations = await this.page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
         violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200)).slice(0, 3)]))`,
    );
    expect(violations).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    expect(this.#faults).toEqual([]);
  }
}

let axe: Promise<string> | undefined;
