import { describe, expect, it } from 'vitest';
import { LOCAL, serve, sources, usePage } from './page-server.testkit.ts';
import { PageServer } from './page-server.ts';

usePage();

describe('the port', () => {
  it('that is asked for and taken keeps the page away, with what to do', async () => {
    await using server = await serve();
    const port = Number(new URL(server.url).port);
    await expect(serve({ port })).rejects.toThrow(/is in use.*another port/);
  });

  it('is the next free one where none is asked for', async () => {
    const { port: _, ...usual } = LOCAL;
    const options = { setting: usual, sources, onTrouble: () => {} };
    await using one = await PageServer.start(options);
    await using other = await PageServer.start(options);
    expect(other.url).not.toBe(one.url);
  });
});
