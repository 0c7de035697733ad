// Services of one process alone: of a whole test run, or of a test that would disturb others.

import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { joinLocalStack, type LocalStack } from '@bfd-host/local-stack';

/** Starts a PostgreSQL and an S3 server in a folder of their own. Disposing stops them and removes the folder. */
export async function ownStack(): Promise<LocalStack> {
  const homes = path.join(tmpdir(), `bfd-testkit-own-${process.getuid?.() ?? 'user'}`);
  await mkdir(homes, { recursive: true, mode: 0o700 });
  await removeRemains(homes);
  const home = path.join(homes, `${process.pid}-${counter++}`);
  const stack = await joinLocalStack({ home, postgres: true, s3: true });
  const leave = async () => {
    await stack.leave();
    await rm(home, { recursive: true, force: true });
  };
  return { ...stack, leave, [Symbol.asyncDispose]: leave };
}

let counter = 1;

// A process that was killed leaves its services behind, in a folder named by its pid: joining without wanting any,
// then leaving, stops them.
async function removeRemains(homes: string): Promise<void> {
  for (const name of await readdir(homes)) {
    if (isRunning(Number(name.split('-')[0]))) continue;
    const home = path.join(homes, name);
    try {
      const remains = await joinLocalStack({ home, postgres: false, s3: false });
      await remains.leave();
      await rm(home, { recursive: true, force: true });
    } catch {
      // Another process is removing the same; what it leaves is for the next.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
