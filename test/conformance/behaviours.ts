// What a job does, whoever runs it: one list, executed on each target. What must come of each is what the local engine
// makes of it; where a target differs, the difference stands here with its reason.

export type TargetName = 'host' | 'step-functions' | 'kubernetes' | 'nomad' | 'conductor';

/** A try as its record shows it. */
export type Tried = readonly [attempt: number, result: string];

/** Done to the run while its first try is at work. */
export type Interference =
  /** A person: `bfd-host cancel`. */
  | 'cancelled'
  /** The orchestrator, because somebody stopped it there: SIGTERM. */
  | 'stopped'
  /** The orchestrator, because it needs the machine: SIGTERM, and the run goes on elsewhere. */
  | 'drained'
  /** Nobody said anything: SIGKILL. */
  | 'killed';

export interface Expected {
  readonly tries: readonly Tried[];
  /** Exit codes of `bfd-host run`, where an orchestrator starts it; 137 for one that was killed. */
  readonly exitCodes: readonly number[];
  /** What the orchestrator says in the end. */
  readonly verdict: 'succeeded' | 'failed';
}

export interface Behaviour {
  readonly name: string;
  readonly job: string;
  readonly expected: Expected;
  /** Instead of `expected`, or `undefined` where the target knows no such thing. */
  readonly except?: Partial<Record<TargetName, Partial<Expected> | undefined>>;
  readonly interference?: Interference;
  /** Counts of the run that worked. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Also in the short run of all tests. */
  readonly isQuick?: boolean;
}

const SUCCEEDED: Expected = { tries: [[1, 'succeeded']], exitCodes: [0], verdict: 'succeeded' };

export const BEHAVIOURS: readonly Behaviour[] = [
  { name: 'success', job: 'succeeds', expected: SUCCEEDED, counts: { rows: 3 }, isQuick: true },
  { name: 'nothing to do', job: 'finds-nothing', expected: { ...SUCCEEDED, tries: [] } },
  {
    name: 'failure',
    job: 'fails',
    expected: { tries: [[1, 'failed']], exitCodes: [1], verdict: 'failed' },
  },
  {
    name: 'retry, then success',
    job: 'recovers',
    expected: {
      tries: [
        [1, 'failed'],
        [2, 'succeeded'],
      ],
      exitCodes: [1, 0],
      verdict: 'succeeded',
    },
    isQuick: true,
  },
  {
    name: 'retries used up',
    job: 'keeps-failing',
    expected: {
      tries: [
        [1, 'failed'],
        [2, 'failed'],
      ],
      exitCodes: [1, 1],
      verdict: 'failed',
    },
  },
  {
    name: 'permanent failure',
    job: 'fails-for-good',
    expected: { tries: [[1, 'failed']], exitCodes: [7], verdict: 'failed' },
    // Nomad restarts whatever the exit code was; the restart is told that the run is over.
    except: { nomad: { exitCodes: [7, 7] } },
    isQuick: true,
  },
  {
    name: 'crash, then success',
    job: 'crashes-once',
    expected: {
      tries: [
        [1, 'crashed'],
        [2, 'succeeded'],
      ],
      exitCodes: [1, 0],
      verdict: 'succeeded',
    },
  },
  {
    name: 'timeout',
    job: 'takes-too-long',
    expected: { tries: [[1, 'timed-out']], exitCodes: [5], verdict: 'failed' },
  },
  {
    name: 'cancel',
    job: 'is-cancelled',
    interference: 'cancelled',
    expected: { tries: [[1, 'cancelled']], exitCodes: [6], verdict: 'failed' },
    except: { nomad: { exitCodes: [6, 6] } },
  },
  {
    name: 'stop by the orchestrator',
    job: 'is-stopped',
    interference: 'stopped',
    expected: { tries: [[1, 'cancelled']], exitCodes: [6], verdict: 'failed' },
    // The local engine has nobody above it. A worker of Conductor hears of no stop.
    except: { host: undefined, conductor: undefined },
  },
  {
    name: 'machine taken away',
    job: 'is-drained',
    interference: 'drained',
    expected: {
      tries: [
        [1, 'cancelled'],
        [2, 'succeeded'],
      ],
      exitCodes: [6, 0],
      verdict: 'succeeded',
    },
    except: {
      // A host that stops says so: the next one goes on with the same try.
      host: { tries: [[1, 'succeeded']] },
      nomad: undefined,
      conductor: undefined,
    },
  },
  {
    name: 'blocked by a version',
    job: 'needs-42',
    expected: { tries: [], exitCodes: [3], verdict: 'failed' },
    except: { nomad: { exitCodes: [3] } },
    isQuick: true,
  },
  {
    name: 'lost (kill -9)',
    job: 'is-killed',
    interference: 'killed',
    expected: {
      tries: [
        [1, 'lost'],
        [2, 'succeeded'],
      ],
      exitCodes: [137, 0],
      verdict: 'succeeded',
    },
  },
  {
    name: 'fan-out',
    job: 'fans-out',
    expected: SUCCEEDED,
    counts: { items: 20 },
  },
  {
    name: 'fan-out over hosts',
    job: 'fans-out-far',
    expected: SUCCEEDED,
    counts: { items: 20 },
  },
  {
    name: 'a job that follows',
    job: 'comes-first',
    expected: { ...SUCCEEDED, exitCodes: [0, 0] },
    isQuick: true,
  },
];

/** What follows `comes-first`. */
export const FOLLOWER = 'comes-after';

export function expectedOn(target: TargetName, behaviour: Behaviour): Expected | undefined {
  const { expected, except = {} } = behaviour;
  if (!Object.hasOwn(except, target)) return expected;
  const own = except[target];
  return own && { ...expected, ...own };
}
