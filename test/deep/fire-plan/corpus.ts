// Cron expressions that between them use everything node-cron takes, with times on and beside clock changes.

export interface Specimen {
  readonly cron: string;
  /** Whether croner takes it, and means the same. */
  readonly isKnownToCroner: boolean;
}

const KNOWN_TO_BOTH = [
  // Intervals.
  '* * * * *',
  '*/5 * * * *',
  '*/20 * * * *',
  '*/30 * * * *',
  '7-59/15 * * * *',
  '0 * * * *',
  '15 * * * *',
  '45 * * * *',
  '15,45 * * * *',
  '*/30 0-6 * * *',
  '*/15 22,23,0,1,2 * * *',
  '*/10 2 * * *',
  '*/10 1 * * *',
  '5-59/20 0-3 * * *',
  '*/20 30 1 * * *',
  '10,40 */30 1-3 * * *',
  // Times of day.
  '0 0 * * *',
  '30 0 * * *',
  '59 23 * * *',
  '30 1 * * *',
  '0 1 * * *',
  '0 2 * * *',
  '30 2 * * *',
  '0 3 * * *',
  '30 3 * * *',
  '15,45 1,2 * * *',
  '30 1,13 * * *',
  '30 2,3 * * *',
  '0 */2 * * *',
  '0 */6 * * *',
  '0 0-6 * * *',
  '15 2-5/3 * * *',
  '30 30 2 * * *',
  '0,20,40 15 1 * * *',
  // Days.
  '30 2 * * SUN',
  '30 1 * * 7',
  '0 0 * * 0,6',
  '30 0 * * FRI',
  '0 0 * * 1-5',
  '30 2 8 * *',
  '0 2 L * *',
  '30 2 L MAR *',
  '0 1 15W * *',
  '0 1 1W * *',
  '0 1 LW * *',
  '30 2 * MAR SUN#2',
  '30 2 * * SUNL',
  '30 1 * * SUN#1',
  '0 3 * * MON#1,FRIL',
  '0 12 13 * FRI',
  '0 0 1 1 *',
  '0 0 29 2 *',
  '15 10 1-7 * MON',
  '0 4 */10 * *',
  '0 9 * JAN,APR,JUL,OCT MON#1',
] as const;

const KNOWN_TO_NODE_CRON = [
  '30 2 L-3 * *',
  '0 0 L-1 * *',
  '0 1 1W,LW * *',
  '0 22-2 * * *',
  '50-10/5 1 * * *',
  '0 4 ? * FRI-MON',
  '0 4 * NOV-MAR *',
  '0 0 30W 2-4 *',
] as const;

export const CORPUS: readonly Specimen[] = [
  ...KNOWN_TO_BOTH.map((cron) => ({ cron, isKnownToCroner: true })),
  ...KNOWN_TO_NODE_CRON.map((cron) => ({ cron, isKnownToCroner: false })),
];

/** Taken by node-cron, and yet no day is ever like that. */
export const NEVER_FIRING = [
  '0 0 8 * MON#1',
  '0 0 L-30 2 *',
  '0 0 30W 2 *',
  '0 0 29 2 1#1',
] as const;
