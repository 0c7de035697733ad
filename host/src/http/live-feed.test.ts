import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { serve, usePage } from './page-server.testkit.ts';

usePage();

describe('news', () => {
  it('begin with everything, and end with the server', async () => {
    const server = await serve();
    const { port } = new URL(server.url);
    const said = new Promise<string>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path: '/api/live' }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
          if (text.includes('\n\n')) void server[Symbol.asyncDispose]();
        });
        response.on('close', () => resolve(text));
      });
      request.on('error', reject);
      request.end();
    });
    expect(await said).toMatch(/^event: overview\ndata: \{"now":.*"a-job"/);
  });

  it('are told to so many at a time, and to no more', async () => {
    await using server = await serve();
    const { port } = new URL(server.url);
    const agents: (() => void)[] = [];
    const listen = () =>
      new Promise<number>((resolve, reject) => {
        const request = httpRequest(
          { host: '127.0.0.1', port, path: '/api/live', agent: false },
          (response) => {
            response.resume().on('error', () => {});
            agents.push(() => request.destroy());
            resolve(response.statusCode ?? 0);
          },
        );
        request.on('error', reject);
        request.end();
      });
    const statuses = await Promise.all(Array.from({ length: 101 }, listen));
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(statuses.filter((status) => status === 503)).toHaveLength(1);
    for (const end of agents) end();
  });
});
