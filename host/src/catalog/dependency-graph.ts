// The graph of who depends on whom: its circles, and the order in which to run. All of it deterministic.

/** For each job the jobs it depends on. Names that are no key are ignored. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/**
 * For each job that depends on itself over others: the shortest way round, beginning and ending with it.
 *
 * @example
 * findCycles(new Map([['a', ['b']], ['b', ['a']]])).get('a') // ['a', 'b', 'a']
 */
export function findCycles(dependencies: Dependencies): Map<string, readonly string[]> {
  const cycles = new Map<string, readonly string[]>();
  for (const job of dependencies.keys()) {
    const way = shortestWayBack(job, dependencies);
    if (way) cycles.set(job, way);
  }
  return cycles;
}

function shortestWayBack(start: string, dependencies: Dependencies): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    for (const next of [...(dependencies.get(job) ?? [])].sort()) {
      if (next === start) {
        const way = [start];
        for (
          let at: string | undefined = job;
          at !== undefined && at !== start;
          at = cameFrom.get(at)
        ) {
          way.unshift(at);
        }
        return [start, ...way];
      }
      if (cameFrom.has(next) || !dependencies.has(next)) continue;
      cameFrom.set(next, job);
      queue.push(next);
    }
  }
  return undefined;
}

/**
 * How deep each job lies: 0 without dependencies, else one more than its deepest dependency. Jobs on a circle, or
 * behind one, are `Infinity` deep.
 */
export function depths(dependencies: Dependencies): Map<string, number> {
  const depth = new Map<string, number>();
  let waiting = [...dependencies.keys()];
  for (let level = 0; waiting.length > 0; level++) {
    const ready = waiting.filter((job) =>
      (dependencies.get(job) ?? []).every((other) => depth.has(other) || !dependencies.has(other)),
    );
    if (ready.length === 0) break;
    for (const job of ready) depth.set(job, level);
    waiting = waiting.filter((job) => !depth.has(job));
  }
  for (const job of waiting) depth.set(job, Number.POSITIVE_INFINITY);
  return depth;
}
