// What a run leaves behind in its process: timers, sockets, servers. A process with leftovers is not used again.

import { say } from './channel.ts';

/** Kinds of handles that are the runtime's own or end by themselves within a moment. */
const OWN = new Set([
  'PipeWrap',
  'TTYWrap',
  'Immediate',
  'FSReqCallback',
  'FSReqPromise',
  'CloseReq',
]);
const SETTLE_ROUNDS = 5;
const ROUND_MS = 10;

export function activeResources(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => !OWN.has(kind));
}

/** What is there now and was not before; waits a moment for sockets to close. */
export async function leftovers(before: readonly string[]): Promise<string[]> {
  let left: string[] = [];
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    left = withoutThose(activeResources(), before);
    if (left.length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
  return left;
}

function withoutThose(now: readonly string[], before: readonly string[]): string[] {
  const left = [...now];
  for (const kind of before) {
    const index = left.indexOf(kind);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}

export function sayIdle(runId: string, left: readonly string[], isDirty: boolean): void {
  say({ type: 'idle', runId, left: [...new Set(left)].slice(0, 20), isDirty });
}
