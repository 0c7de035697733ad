/** What the runtime itself adds to the log of a job; each comes with a count. */
export const RUNTIME_NOTICES = [
  'log lines dropped: more came than are passed on',
  'log fields dropped: their names are not in the bundle',
  'log fields withheld: they are neither safe text nor numbers that count',
  'counts withheld: their names are not in the bundle, or do not say what is counted',
  'spans dropped: more came than are passed on',
  'errors after the run was told to stop',
] as const;

export type RuntimeNotice = (typeof RUNTIME_NOTICES)[number];
