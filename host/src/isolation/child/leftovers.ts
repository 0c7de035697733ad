// What a run leaves behind in its process: timers, sockets, servers. A process with leftovers is not used again.

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

/** What is there now and was not before. */
export function leftNow(before: readonly string[]): string[] {
  return withoutThose(activeResources(), before);
}

/** As {@link leftNow}, after a moment in which sockets may close. */
export async function leftAfterAll(before: readonly string[]): Promise<string[]> {
  for (let round = 1; ; round++) {
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    const left = leftNow(before);
    if (left.length === 0 || round === SETTLE_ROUNDS) return left;
  }
}

function withoutThose(now: readonly string[], before: readonly string[]): string[] {
  const left = [...now];
  for (const kind of before) {
    const index = left.indexOf(kind);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}
