import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { S3 } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { isAlive, s3Pid, temporaryHome, until } from '../../../../test/support/stack-users.ts';
import { joinLocalStack, type LocalStack } from '../local-stack.ts';
import { provesItself } from './proof.ts';

describe('the S3 server as a process', () => {
  it('is started again after a kill -9, with all its objects', async () => {
    await using home = temporaryHome();
    await using first = await joinS3(home.path);
    await clientOf(first).createBucket({ Bucket: 'kept' });
    await clientOf(first).putObject({ Bucket: 'kept', Key: 'k', Body: 'x', Metadata: { a: 'b' } });
    const killed = s3Pid(home.path);
    process.kill(killed, 'SIGKILL');
    await until(() => !isAlive(killed));

    await using next = await joinS3(home.path);

    expect(s3Pid(home.path)).not.toBe(killed);
    const head = await clientOf(next).headObject({ Bucket: 'kept', Key: 'k' });
    expect(head.Metadata).toEqual({ a: 'b' });
  });

  it('is replaced when it hangs', async () => {
    await using home = temporaryHome();
    await using _first = await joinS3(home.path);
    const hanging = s3Pid(home.path);
    process.kill(hanging, 'SIGSTOP');

    await using next = await joinS3(home.path);

    expect(isAlive(hanging)).toBe(false);
    expect((await clientOf(next).listBuckets({})).$metadata.httpStatusCode).toBe(200);
  });

  it('is not mistaken for a stranger that listens on its port', async () => {
    const stranger = createServer((_request, response) => response.end('00'.repeat(32)));
    const port = await new Promise<number>((resolve) => {
      stranger.listen(0, '127.0.0.1', () => {
        const address = stranger.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });

    expect(await provesItself(port, 'the key')).toBe(false);
    stranger.close();
  });

  it('ends by itself when its folder is removed', async () => {
    await using home = temporaryHome();
    await using stack = await joinS3(home.path);
    const pid = s3Pid(home.path);

    rmSync(home.path, { recursive: true });

    await until(() => !isAlive(pid));
    await stack.leave(); // there is nothing to leave, and that is fine
  });

  it.runIf(process.platform === 'linux')(
    'needs little memory for large objects and slow readers',
    async () => {
      await using home = temporaryHome();
      await using stack = await joinS3(home.path);
      const client = clientOf(stack);
      await client.createBucket({ Bucket: 'large' });
      const block = randomBytes(1024 ** 2);
      const megabytes = 200;
      const idle = residentMb(s3Pid(home.path));

      await client.putObject({
        Bucket: 'large',
        Key: 'k',
        Body: Readable.from(Array.from({ length: megabytes }, () => block)),
        ContentLength: megabytes * block.length,
      });
      const slow = await Promise.all(
        Array.from({ length: 4 }, () => client.getObject({ Bucket: 'large', Key: 'k' })),
      );
      const { Body } = await client.getObject({ Bucket: 'large', Key: 'k' });
      let sizeBytes = 0;
      if (Body instanceof Readable) for await (const chunk of Body) sizeBytes += chunk.length;

      expect(sizeBytes).toBe(megabytes * block.length);
      expect(residentMb(s3Pid(home.path)) - idle).toBeLessThan(120);
      for (const one of slow) if (one.Body instanceof Readable) one.Body.destroy();
    },
  );
});

function joinS3(home: string): Promise<LocalStack> {
  return joinLocalStack({ home, postgres: false, s3: true });
}

function clientOf({ s3 }: LocalStack): S3 {
  if (s3 === undefined) throw new Error('the stack came without S3');
  const { endpoint, region } = s3;
  return new S3({ endpoint, region, credentials: s3, forcePathStyle: true });
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
