// What must hold before a run may start, told once more from the design's sentences and from all that ever happened,
// not from the rows that the host keeps. Shares no code with the host.

export interface PastRun {
  readonly result: string;
  readonly version: number;
  readonly hoursAgo: number;
}

export interface ModelJob {
  readonly name: string;
  readonly needs: readonly ModelNeed[];
  readonly pool: string | undefined;
  /** Oldest first. */
  readonly past: readonly PastRun[];
  readonly isQueued: boolean;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  /** Seconds since each crash, the latest last. */
  readonly crashes: readonly number[];
}

export interface ModelNeed {
  readonly job: string;
  readonly isPresent: boolean;
  /** Lowest and highest version that will do. */
  readonly versions: { readonly from: number; readonly to: number } | undefined;
  readonly maxHours: number | undefined;
}

export interface ModelWorld {
  readonly jobs: ReadonlyMap<string, ModelJob>;
  readonly pools: Readonly<Record<string, number>>;
}

/** Every reason why a run of `job` may not start, in the order in which they are to be told. */
export function reasons(job: ModelJob, world: ModelWorld): string[] {
  return [
    ...(job.isPaused ? ['paused'] : []),
    ...crashReasons(job.crashes),
    ...job.needs.flatMap((need) => needReasons(need, world.jobs.get(need.job))),
    ...poolReasons(job, world),
  ];
}

// Three crashes within five minutes: ten minutes of quarantine, then one run may try; twice as long each time that
// crashes as well. Fewer crashes: a second after one, two seconds after two.
function crashReasons(secondsAgo: readonly number[]): string[] {
  const last = secondsAgo.at(-1);
  if (last === undefined) return [];
  const isThird = (at: number) =>
    secondsAgo.filter((ago) => ago >= at && ago - at < 300).length >= 3;
  const third = secondsAgo.findIndex(isThird);
  if (third === -1) {
    const together = secondsAgo.filter((ago) => ago - last < 300).length;
    return last < 2 ** (together - 1) ? ['crash-backoff'] : [];
  }
  const failedTries = secondsAgo.length - 1 - third;
  return last < 600 * 2 ** failedTries ? ['quarantined'] : [];
}

function needReasons(need: ModelNeed, other: ModelJob | undefined): string[] {
  if (!need.isPresent) return [];
  if (other?.isRunning) return ['dependency-running'];
  if (other?.isQueued) return ['dependency-queued'];
  // Cancelled, interrupted and lost runs are as if they had not been.
  const counted = (other?.past ?? []).filter(
    ({ result }) => !['cancelled', 'interrupted', 'lost'].includes(result),
  );
  const latest = counted.at(-1);
  if (!latest) return ['dependency-never-ran'];
  if (latest.result !== 'succeeded') return ['dependency-failed'];
  const found: string[] = [];
  const { versions, maxHours } = need;
  if (versions && (latest.version < versions.from || latest.version > versions.to)) {
    found.push('dependency-version');
  }
  if (maxHours !== undefined && latest.hoursAgo > maxHours) found.push('dependency-too-old');
  return found;
}

function poolReasons({ name, pool }: ModelJob, { jobs, pools }: ModelWorld): string[] {
  const places = pool === undefined ? undefined : pools[pool];
  if (places === undefined) return [];
  const taken = [...jobs.values()].filter(
    (other) => other.name !== name && other.pool === pool && other.isRunning,
  );
  return taken.length < places ? [] : ['pool-full'];
}
