import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watched(answers: boolean) {
  const told: string[] = [];
  const beat: Heartbeat = new Heartbeat({
    warnMs: 2000,
    killMs: 5000,
    ping: (number) => answers && beat.answered(number),
    onBlocked: (ms) => told.push(`blocked ${ms}`),
    onDead: (ms) => told.push(`dead ${ms}`),
  });
  beat.start();
  return { told, beat };
}

describe('watching a main thread', () => {
  it('says nothing while it answers', () => {
    const { told } = watched(true);
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual([]);
  });

  it('tells once that it does not answer, then that it is to be ended', () => {
    const { told } = watched(false);
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual(['blocked 2000', 'dead 5000']);
  });

  it('tells again when it blocks again', () => {
    const { told, beat } = watched(false);
    vi.advanceTimersByTime(2500);
    beat.answered(10);
    vi.advanceTimersByTime(2500);
    expect(told).toEqual(['blocked 2000', 'blocked 2000']);
  });

  it('does not blame it for a time in which the host itself stood still', () => {
    const { told } = watched(false);
    vi.advanceTimersByTime(1000);
    // The clock goes on and no timer fires: the machine was suspended, or the host's loop was blocked.
    const now = performance.now.bind(performance);
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    vi.advanceTimersByTime(250);
    expect(told).toEqual([]);
    spy.mockRestore();
  });
});
