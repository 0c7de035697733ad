import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { serve, stateFolder, usePage } from './page-server.testkit.ts';
import { tokenFile } from './page-token.ts';

usePage();

describe('the token', () => {
  it('is one for all hosts of a state folder, and only the host’s user can read it', async () => {
    await using _one = await serve();
    const before = await readFile(tokenFile(stateFolder), 'utf8');
    await using _other = await serve();

    expect(await readFile(tokenFile(stateFolder), 'utf8')).toBe(before);
    expect((await stat(tokenFile(stateFolder))).mode & 0o777).toBe(0o600);
  });

  it('is made anew when others could have read it', async () => {
    await using _server = await serve();
    const before = await readFile(tokenFile(stateFolder), 'utf8');
    await writeFile(tokenFile(stateFolder), before);
    await chmod(tokenFile(stateFolder), 0o644);
    await using _next = await serve();

    expect(await readFile(tokenFile(stateFolder), 'utf8')).not.toBe(before);
    expect((await stat(tokenFile(stateFolder))).mode & 0o777).toBe(0o600);
  });
});
