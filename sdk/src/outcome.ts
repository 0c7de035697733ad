// What a run that returns says. Failure is not an outcome: a job that fails throws.

/** Counts shown in the run record, such as `{ rows: 1200, files: 3 }`. Names are constants, values whole numbers. */
export type Counts = Readonly<Record<string, number>>;

/** Made by {@link workDone}. */
export interface WorkDone {
  readonly kind: 'work-done';
  readonly counts: Counts;
  readonly version?: string;
}

/** Made by {@link nothingToDo}. */
export interface NothingToDo {
  readonly kind: 'nothing-to-do';
  readonly version?: string;
}

/** What a run that returns says. One that fails throws. */
export type Outcome = WorkDone | NothingToDo;

/**
 * The run did something: it is recorded, and jobs that run after this one are triggered.
 *
 * @param options.counts - what was done, for people to read
 * @param options.version - the version this run brought about, which dependants compare with the range they
 *   ask for; the job's own version if absent. "42" is read as 42.0.0.
 * @example
 * return workDone({ counts: { files: 2, rows: 48_210 } });
 */
export function workDone(options: { counts?: Counts; version?: string } = {}): WorkDone {
  const { counts = {}, version } = options;
  return { kind: 'work-done', counts, ...(version === undefined ? {} : { version }) };
}

/**
 * The run looked and found nothing. It satisfies dependants, triggers none of them and leaves no run record.
 *
 * @example
 * if (pending.length === 0) return nothingToDo();
 */
export function nothingToDo(options: { version?: string } = {}): NothingToDo {
  const { version } = options;
  return { kind: 'nothing-to-do', ...(version === undefined ? {} : { version }) };
}
