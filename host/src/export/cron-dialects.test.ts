import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { FirePlan } from '../schedule/fire-plan.ts';
import {
  AIRFLOW,
  CONDUCTOR,
  type CronDialect,
  EVENTBRIDGE,
  KUBERNETES,
  NOMAD,
  translateCron,
} from './cron-dialects.ts';

const FROM = new Date('2026-01-01T00:00:00Z');
const UNTIL = new Date('2026-03-01T00:00:00Z');

/** What croner, another reader of cron expressions, makes of a translation. */
function firesOf(cron: string, dialect: CronDialect): number[] {
  const legacy = { legacyMode: dialect.bothDays === 'or', domAndDow: dialect.bothDays === 'and' };
  const fires: number[] = [];
  const reader = new Cron(cron, { timezone: 'UTC', ...legacy });
  for (
    let at = reader.nextRun(new Date(FROM.getTime()));
    at && at <= UNTIL;
    at = reader.nextRun(at)
  ) {
    fires.push(at.getTime());
    if (fires.length === 2000) break;
  }
  return fires;
}

describe('a schedule in the words of another cron', () => {
  const schedules = [
    '*/5 * * * *',
    '0 4 * * *',
    '30 2 * * 1-5',
    '0 0 1,15 * *',
    '15 22-2 * * FRI-MON',
    '*/7 3 * JAN,FEB *',
    '0 */2 * * 7',
    '@daily',
    '0 */10 * * * *',
  ];

  it.each([KUBERNETES, AIRFLOW, NOMAD, CONDUCTOR])(
    'fires at the same moments on $name',
    (dialect) => {
      for (const schedule of schedules) {
        const translated = translateCron(schedule, dialect);
        if (translated.kind !== 'cron') throw new Error(`${schedule}: ${translated.why}`);
        const own = [...new FirePlan(schedule, 'UTC').between(FROM, UNTIL)].slice(0, 2000);
        expect(firesOf(translated.cron, dialect), `${schedule} as ${translated.cron}`).toEqual(
          own.map(({ at }) => at.getTime()),
        );
      }
    },
  );

  it.each([
    ['*/5 * * * *', 'cron(0/5 * * * ? *)'],
    ['0 4 * * *', 'cron(0 4 * * ? *)'],
    ['30 2 * * 1-5', 'cron(30 2 ? * MON-FRI *)'],
    ['0 0 L * *', 'cron(0 0 L * ? *)'],
    ['0 0 15W * *', 'cron(0 0 15W * ? *)'],
    ['0 0 * * 5L', 'cron(0 0 ? * 6L *)'],
    ['0 0 * * FRI#2', 'cron(0 0 ? * 6#2 *)'],
    ['0 0 * * SUN', 'cron(0 0 ? * SUN *)'],
  ])('%s is %s on EventBridge', (schedule, cron) => {
    expect(translateCron(schedule, EVENTBRIDGE)).toEqual({ kind: 'cron', cron });
  });

  it.each([
    [
      '*/30 * * * * *',
      KUBERNETES,
      'it fires more than once a minute, Kubernetes cannot',
      '* * * * *',
    ],
    ['45 0 4 * * *', AIRFLOW, 'it fires at second 45, Airflow only at full minutes', '0 4 * * *'],
    ['0 0 L * *', KUBERNETES, 'Kubernetes does not know the day "L"', undefined],
    ['0 0 L-3 * *', EVENTBRIDGE, 'EventBridge Scheduler does not know the day "L-3"', undefined],
    ['0 0 1,L * *', AIRFLOW, 'Airflow takes "L" only alone', undefined],
    [
      '0 0 13 * FRI',
      NOMAD,
      'day of month and day of week must both match, Nomad would run when either does',
      undefined,
    ],
    [
      '0 0 13 * FRI',
      EVENTBRIDGE,
      'day of month and day of week must both match, EventBridge Scheduler refuses both',
      undefined,
    ],
  ] as const)('%s is refused by %o', (schedule, dialect, why, nearest) => {
    expect(translateCron(schedule, dialect)).toEqual({
      kind: 'impossible',
      why,
      ...(nearest === undefined ? {} : { nearest }),
    });
  });
});
