import { describe, expect, it } from 'vitest';
import { CrashBreaker, type CrashBreakerOptions } from './crash-breaker.ts';

const OPTIONS: CrashBreakerOptions = {
  crashes: 3,
  withinMs: 300,
  probeAfterMs: 600,
  backoffMs: 10,
  maxBackoffMs: 40,
};

function breaker(...crashes: number[]): CrashBreaker {
  const made = new CrashBreaker(undefined, OPTIONS);
  for (const time of crashes) made.crashed(time);
  return made;
}

describe('a job whose process crashes', () => {
  it('may start at once as long as it never did', () => {
    expect(breaker().verdict(0)).toEqual({ kind: 'start' });
  });

  it('waits twice as long after each further crash', () => {
    expect(breaker(0).verdict(5)).toEqual({ kind: 'wait', until: 10, isQuarantined: false });
    expect(breaker(0, 20).verdict(30)).toEqual({ kind: 'wait', until: 40, isQuarantined: false });
    expect(breaker(0, 20).verdict(40)).toEqual({ kind: 'start' });
  });

  it('waits a little longer by chance', () => {
    expect(breaker(0).verdict(0, 1)).toEqual({ kind: 'wait', until: 11, isQuarantined: false });
  });

  it('is quarantined by the third crash in time', () => {
    const three = breaker(0, 100);
    expect(three.crashed(200)).toBe('quarantined');
    expect(three.verdict(400)).toEqual({ kind: 'wait', until: 800, isQuarantined: true });
  });

  it('is not quarantined by crashes that lie far apart', () => {
    const apart = breaker(0, 200);
    expect(apart.crashed(400)).toBeUndefined();
    expect(apart.verdict(1000)).toEqual({ kind: 'start' });
  });

  it('forgets its crashes once a run survived', () => {
    const survived = breaker(0, 100);
    survived.survived();
    expect(survived.crashed(150)).toBeUndefined();
  });
});

describe('a quarantined job', () => {
  it('may probe once after a while', () => {
    const open = breaker(0, 0, 0);
    expect(open.verdict(600)).toEqual({ kind: 'probe' });
    open.probing();
    expect(open.verdict(601)).toMatchObject({ kind: 'wait' });
  });

  it('waits twice as long when the probe crashed', () => {
    const open = breaker(0, 0, 0);
    open.probing();
    expect(open.crashed(700)).toBeUndefined();
    expect(open.verdict(1800)).toEqual({ kind: 'wait', until: 1900, isQuarantined: true });
    expect(open.verdict(1900)).toEqual({ kind: 'probe' });
  });

  it('is back when the probe survived', () => {
    const open = breaker(0, 0, 0);
    open.probing();
    expect(open.survived()).toBe('released');
    expect(open.verdict(700)).toEqual({ kind: 'start' });
  });

  it('is back when somebody releases it', () => {
    const open = breaker(0, 0, 0);
    expect(open.release()).toBe('released');
    expect(open.verdict(1)).toEqual({ kind: 'start' });
  });

  it('is still quarantined after its state was stored and read', () => {
    const stored = JSON.parse(JSON.stringify(breaker(0, 0, 0).state));
    expect(new CrashBreaker(stored, OPTIONS).verdict(1)).toMatchObject({ isQuarantined: true });
  });
});
