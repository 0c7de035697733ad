import { describe, expect, it } from 'vitest';
import { cronProblem, timezoneProblem } from './cron-expression.ts';

describe('a cron expression', () => {
  it.each([
    '*/5 * * * *',
    '*/30 * * * * *',
    '0 4 * * mon-fri',
    '0 0 L * *',
    '0 0 15W * *',
    '0 0 * * 1#2',
    '@daily',
  ])('may be %s', (expression) => {
    expect(cronProblem(expression)).toBeUndefined();
  });

  const expected = 'expected a cron expression such as "0 4 * * *" (six fields: seconds first)';
  it.each([
    ['every day', expected],
    ['', expected],
    ['0 4 * * * * *', expected],
    ['60 * * * *', `${expected}; wrong here: minute`],
    ['0-99999999 * * * *', `${expected}; no number has three digits`],
    ['0-99 * * * *', `${expected}; wrong here: minute`],
    ['0 25 32 * *', `${expected}; wrong here: hour, day of month`],
    ['0 0 31 4 *', `${expected}; wrong here: day of month`],
    ['0 0 * * noday', `${expected}; wrong here: day of week`],
    [`0 ${'4,'.repeat(200)}4 * * *`, `${expected} of at most 200 characters`],
  ])('may not be %s', (expression, problem) => {
    expect(cronProblem(expression)).toBe(problem);
  });
});

describe('a time zone', () => {
  it.each(['America/New_York', 'UTC', 'Etc/GMT+5', 'US/Eastern'])('may be %s', (zone) => {
    expect(timezoneProblem(zone)).toBeUndefined();
  });

  const expected = 'expected an IANA time zone such as "America/New_York"';
  it.each([
    ['America/NewYork', `${expected}; did you mean "America/New_York"?`],
    ['+05:00', expected],
    ['', expected],
    ['Eastern Standard Time', expected],
  ])('may not be %j', (zone, problem) => {
    expect(timezoneProblem(zone)).toBe(problem);
  });
});
