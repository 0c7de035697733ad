// What the doctor says of one thing it looked at.

export type Area =
  | 'configuration'
  | 'plugins'
  | 'versions'
  | 'folders'
  | 'disk'
  | 'database'
  | 'clock'
  | 's3'
  | 'page'
  | 'isolation'
  | 'jobs'
  | 'hosts';

export interface Finding {
  readonly area: Area;
  /** `wrong`: jobs do not run, or not as they should; `warning`: they may come to that. */
  readonly state: 'ok' | 'warning' | 'wrong';
  /** Stable, for programs: what was found. */
  readonly kind: string;
  /** One sentence without a full stop. */
  readonly text: string;
  /** What to do; present unless all is well. */
  readonly remedy?: string;
}

export function ok(area: Area, kind: string, text: string): Finding {
  return { area, state: 'ok', kind, text };
}

export function warning(area: Area, kind: string, text: string, remedy: string): Finding {
  return { area, state: 'warning', kind, text, remedy };
}

export function wrong(area: Area, kind: string, text: string, remedy: string): Finding {
  return { area, state: 'wrong', kind, text, remedy };
}
