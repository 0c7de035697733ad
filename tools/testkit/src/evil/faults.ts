// What can go wrong while a job runs, and at which of its steps it is made to.

import type { Step, Strike } from './steps.ts';

/**
 * `kill`: kill -9 of the job's process. `cut`: its database connection breaks. `restart`: PostgreSQL is cut short and
 * starts again. `s3-error`: S3 answers 500, to the SDK's retries too. `s3-tear`: the connection breaks in the middle of
 * an object. `abort`: somebody cancels the run.
 */
export type Fault = 'kill' | 'cut' | 'restart' | 's3-error' | 's3-tear' | 'abort';

export const FAULTS: readonly Fault[] = ['kill', 'cut', 'restart', 's3-error', 's3-tear', 'abort'];

/** A fault at a step. */
export interface PlannedFault {
  readonly fault: Fault;
  readonly step: Step;
  readonly when: Strike['when'];
}

/** How many places of each fault are tried unless all are asked for: the costly ones less often. */
const SHARE: Readonly<Record<Fault, number>> = {
  kill: 8,
  cut: 4,
  restart: 1,
  's3-error': 2,
  's3-tear': 2,
  abort: 3,
};

/**
 * Chooses where faults strike: around commits and checkpoints first, where most jobs have their weak places, then
 * spread evenly.
 *
 * @param most - how many places of each fault; `undefined`: as many as are worth their time
 */
export function planFaults(
  steps: readonly Step[],
  faults: readonly Fault[],
  most: number | undefined,
): PlannedFault[] {
  return faults.flatMap((fault) => {
    const places = steps.flatMap((step) => placesOf(fault, step));
    return chosen(places, most ?? SHARE[fault]);
  });
}

function placesOf(fault: Fault, step: Step): PlannedFault[] {
  const before = { fault, step, when: 'before' } as const;
  const after = { fault, step, when: 'after' } as const;
  switch (fault) {
    case 'kill':
    case 'abort':
      return [before, after];
    case 'cut':
    case 'restart':
      return step.service === 'database' ? [before, after] : [];
    case 's3-error':
      return step.service === 's3' ? [before] : [];
    case 's3-tear':
      return step.service === 's3' && /^GET [^?]+$/.test(step.what) ? [before] : [];
  }
}

function chosen(places: readonly PlannedFault[], most: number): PlannedFault[] {
  if (places.length <= most) return [...places];
  const weak = places.filter(isWeak);
  const rest = places.filter((place) => !isWeak(place));
  const first = spread(weak, Math.min(weak.length, Math.ceil(most / 2)));
  return [...first, ...spread(rest, Math.min(rest.length, most - first.length))];
}

// An end that is not known to have been reached; work that is done and not noted, or noted and not done.
function isWeak({ step, when }: PlannedFault): boolean {
  return /^commit\b/i.test(step.what)
    ? when === 'after'
    : /checkpoint_put|^(PUT|DELETE|POST) /.test(step.what);
}

/** So many of them, evenly. */
function spread<T>(items: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => {
    const at = count === 1 ? 0 : (index * (items.length - 1)) / (count - 1);
    return items[Math.floor(at)];
  }).filter((item) => item !== undefined);
}

/** For people: `kill -9 after step 7, commit`. */
export function describeFault({ fault, step, when }: PlannedFault): string {
  return `${NAMES[fault]} ${when} step ${step.index + 1}, ${step.what}`;
}

const NAMES: Readonly<Record<Fault, string>> = {
  kill: 'kill -9',
  cut: 'broken database connection',
  restart: 'PostgreSQL restart',
  's3-error': 'S3 error',
  's3-tear': 'torn S3 answer',
  abort: 'cancelled',
};
