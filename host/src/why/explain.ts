// Why a job does not run now, or that it does: one verdict and what is behind it. Worked out from facts alone, so that
// the same records always give the same answer.

import type { HostJob } from '../catalog/host-job.ts';
import { type ClosedGate, closedGateText } from '../gate/closed-gate.ts';
import { closedGate, ownGate } from '../gate/gates.ts';
import { FirePlan } from '../schedule/fire-plan.ts';
import type { MissedReason } from '../schedule/missed-records.ts';
import { resultText } from '../telemetry/words.ts';
import type { Cause, Explanation } from './cause.ts';
import { instant, when } from './when.ts';
import type { MissedFacts, RecordedRun, WhyFacts } from './why-facts.ts';

/**
 * @param name - of a job of `facts.jobs`
 * @example
 * explain('ccw-rif-load', facts).verdict.text
 * // 'it waits, since database-schema is at version 41, and >=42 is needed'
 */
export function explain(name: string, facts: WhyFacts): Explanation {
  const [verdict, ...because] = causesOf(name, facts, new Set());
  if (!verdict) throw new RangeError('nothing is known of this job');
  return { job: name, verdict, because };
}

/** The chain of causes for a job; empty for one that was explained already or is not known. */
function causesOf(name: string, facts: WhyFacts, told: Set<string>): Cause[] {
  const job = facts.jobs.get(name);
  if (!job || told.has(name)) return [];
  told.add(name);
  switch (job.state.kind) {
    case 'refused':
      return refusedCauses(job, facts, told);
    case 'disabled':
      return [disabledCause(job)];
    case 'ready':
      break;
  }
  const held = facts.held.get(name);
  if (held) return runningCauses(job, facts);
  const hasWaiting = facts.waiting.some((run) => run.job === name);
  return hasWaiting ? waitingCauses(job, facts, told) : idleCauses(job, facts);
}

function refusedCauses(job: HostJob, facts: WhyFacts, told: Set<string>): Cause[] {
  const problems = job.state.kind === 'refused' ? job.state.problems : [];
  const causes = problems.map(
    ({ at, problem }): Cause => ({
      kind: 'job-refused',
      job: job.name,
      text: `it does not take part: ${at} ${problem}`,
      remedy: 'Mend that and restart the host; `bfd-host check` shows when it is right.',
    }),
  );
  // A job that depends on a refused or disabled one is refused for that.
  const behind = job.dependsOn.flatMap(({ job: other }) => {
    const isReady = facts.jobs.get(other)?.state.kind === 'ready';
    return isReady ? [] : causesOf(other, facts, told);
  });
  return [...causes, ...behind];
}

function disabledCause({ name, state }: HostJob): Cause {
  const isInFile = state.kind === 'disabled' && state.because === 'file';
  return {
    kind: 'disabled',
    job: name,
    text: isInFile
      ? 'it is disabled: host.config.json says "enabled": false'
      : 'it is disabled: its plugin only runs it when host.config.json enables it',
    remedy: `Set "jobs": { "${name}": { "enabled": true } } and restart the host.`,
  };
}

function runningCauses({ name }: HostJob, facts: WhyFacts): Cause[] {
  const { held, hosts, now, waiting } = facts;
  const run = held.get(name);
  if (!run?.runId) {
    return [{ kind: 'starts-now', job: name, text: 'a run of it is about to start' }];
  }
  const host = hosts.find(({ bootId }) => bootId === run.bootId);
  const where = host ? ` on ${host.machine ?? 'a host'}` : ' by a command';
  const attempt = (run.attempt ?? 1) > 1 ? `, attempt ${run.attempt}` : '';
  const running: Cause = {
    kind: 'running',
    job: name,
    text: `it is running${where} since ${when(run.since, now)}: run ${run.runId}${attempt}`,
  };
  if (!waiting.some(({ job }) => job === name)) return [running];
  const next: Cause = {
    kind: 'overlapped',
    job: name,
    text: 'its next run waits for this one to end: a job never overlaps itself',
  };
  return [running, next];
}

function waitingCauses(job: HostJob, facts: WhyFacts, told: Set<string>): Cause[] {
  const { name } = job;
  const own = ownGate(facts.states.get(name));
  if (own) return [gateCause(job, own)];
  const absent = noHostCause(job, facts);
  if (absent) return [absent];
  const waiting = facts.waiting.filter((run) => run.job === name);
  const [next] = waiting;
  if (next && waiting.every(({ isLater }) => isLater)) {
    const last = facts.lastRuns.get(name);
    const retry: Cause = {
      kind: 'retry-waits',
      job: name,
      text: `attempt ${next.attempt} starts at ${when(next.dueAt, facts.now)}`,
    };
    return last ? [retry, lastRunCause(job, last, facts)] : [retry];
  }
  const gate = closedGate(job, facts);
  if (gate) {
    const behind = 'dependency' in gate ? causesOf(gate.dependency, facts, told) : [];
    return [gateCause(job, gate), ...behind];
  }
  const full = noSlotCause(job, facts);
  if (full) return full;
  return [{ kind: 'starts-now', job: name, text: 'a run of it starts within a second or so' }];
}

function gateCause({ name }: HostJob, gate: ClosedGate): Cause {
  const remedy = gateRemedy(name, gate);
  return {
    kind: gate.kind,
    job: name,
    text: closedGateText(gate),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function gateRemedy(name: string, gate: ClosedGate): string | undefined {
  switch (gate.kind) {
    case 'paused':
      return `\`bfd-host resume ${name}\``;
    case 'quarantined':
      return `Look at its last runs (\`bfd-host runs --job ${name}\`), then \`bfd-host release ${name}\`.`;
    case 'dependency-never-ran':
    case 'dependency-too-old':
      return `\`bfd-host run ${gate.dependency}\``;
    case 'dependency-failed':
      return `Mend what failed (\`bfd-host runs --job ${gate.dependency}\`), then \`bfd-host retry ${gate.dependency}\`.`;
    case 'dependency-version':
      return `Install a plugin that brings ${gate.dependency} to ${gate.wanted}, or relax the version that ${name} asks for.`;
    case 'crash-backoff':
    case 'dependency-queued':
    case 'dependency-running':
    case 'pool-full':
      return undefined;
  }
}

function noHostCause({ name }: HostJob, { hosts, lastSeen, now }: WhyFacts): Cause | undefined {
  if (hosts.some(({ jobs }) => jobs.includes(name))) return undefined;
  if (hosts.length > 0) {
    return {
      kind: 'job-not-on-any-host',
      job: name,
      text: `${hosts.length === 1 ? 'the host that runs does' : `the ${hosts.length} hosts that run do`} not have it: its plugin was missing, refused or disabled when they started`,
      remedy: 'Restart the host that is to run it.',
    };
  }
  return {
    kind: 'no-host',
    job: name,
    text: lastSeen
      ? `no host is running: the last one was seen at ${when(lastSeen, now)}`
      : 'no host is running, and none ever was',
    remedy: '`bfd-host start`',
  };
}

function noSlotCause(job: HostJob, { hosts, held, now }: WhyFacts): Cause[] | undefined {
  const able = hosts.filter(({ jobs }) => jobs.includes(job.name));
  if (able.some(({ running, concurrency }) => running.length < concurrency)) return undefined;
  const others = [...new Set(able.flatMap(({ running }) => running))];
  const places = able.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const verdict: Cause = {
    kind: 'no-free-slot',
    job: job.name,
    text: `its turn comes after ${others.join(', ')}: ${places === 1 ? 'one run' : `${places} runs`} at a time`,
    remedy: 'Raise "concurrency" in host.config.json, if the machine and the database can do more.',
  };
  return [
    verdict,
    ...others.flatMap((name): Cause[] => {
      const run = held.get(name);
      return run
        ? [{ kind: 'running', job: name, text: `it is running since ${when(run.since, now)}` }]
        : [];
    }),
  ];
}

function idleCauses(job: HostJob, facts: WhyFacts): Cause[] {
  const { name } = job;
  const state = facts.states.get(name);
  const next = nextCause(job, facts);
  const own = ownGate(state);
  // That it is not started again within some seconds explains nothing when nobody asks for it to be.
  if (own && own.kind !== 'crash-backoff') return [gateCause(job, own), next];
  const absent = noHostCause(job, facts);
  if (absent) return [absent, next];
  const finishedAt = state?.lastFinishedAt ?? null;
  const missed = facts.missed.get(name);
  if (missed && (!finishedAt || missed.last > finishedAt)) {
    return [missedCause(name, missed, facts.now), next];
  }
  const last = facts.lastRuns.get(name);
  const isLast = last && (!finishedAt || (last.finishedAt ?? last.startedAt) >= finishedAt);
  if (last?.result && last.result !== 'succeeded' && isLast) {
    return [lastRunCause(job, last, facts), next];
  }
  return [next, ...lookedCause(job, facts)];
}

/** What became of a run that did not succeed. */
export function lastRunCause({ name }: HostJob, run: RecordedRun, { now }: WhyFacts): Cause {
  const { result, errorCode, error, finishedAt, startedAt, attempt } = run;
  const what = errorCode ? `: ${errorCode}: ${error}` : '';
  const again = attempt > 1 ? ` at attempt ${attempt}` : '';
  return {
    kind: 'last-run-failed',
    job: name,
    text: `its last run ${result ? resultText(result) : 'has not ended'}${again}, ${when(finishedAt ?? startedAt, now)}${what}`,
    remedy: `\`bfd-host retry ${name}\`, once the cause is mended`,
  };
}

function lookedCause({ name }: HostJob, { states, now }: WhyFacts): Cause[] {
  const state = states.get(name);
  if (!state?.lastFinishedAt) return [];
  const found = state.lastOutcome === 'nothing-to-do' ? 'found nothing to do' : 'did work';
  const streak = state.nothingToDoStreak > 1 ? `, ${state.nothingToDoStreak} times in a row` : '';
  const text = `it last ran at ${when(state.lastFinishedAt, now)} and ${found}${streak}`;
  return [{ kind: 'last-run', job: name, text }];
}

/** When it runs again. */
function nextCause(job: HostJob, { states, now }: WhyFacts): Cause {
  const { name, schedule } = job;
  if (!schedule) return unscheduledCause(job, states.get(name)?.lastFinishedAt ?? null);
  const told = `${schedule.cron} in ${schedule.timezone}`;
  const [fire] = new FirePlan(schedule.cron, schedule.timezone).between(now, FOREVER).take(1);
  if (!fire) {
    return {
      kind: 'never-fires',
      job: name,
      text: `its schedule, ${told}, never fires: no day has all that it asks for`,
      remedy:
        'Day of month and day of week must both match. `bfd-host plan` shows what a schedule does.',
    };
  }
  const because =
    fire.clockChange === 'gap-end' ? ', when the clock has been put forward over its time' : '';
  const hasRun = states.get(name)?.lastFinishedAt;
  return {
    kind: hasRun ? 'not-due' : 'never-ran',
    job: name,
    text: `${hasRun ? 'it is not due' : 'it has not run yet'}: its schedule, ${told}, fires next at ${when(fire.at, now)}${because}`,
  };
}

const FOREVER = new Date(8.64e15);

function unscheduledCause(job: HostJob, lastFinishedAt: Date | null): Cause {
  const { name, dependsOn, runAfter, startup } = job;
  const upstream = dependsOn
    .filter(({ isPresent }) => isPresent)
    .map((dependency) => dependency.job);
  const atStart = startup ? ' and at the start of a host' : '';
  if (runAfter && upstream.length > 0) {
    return {
      kind: 'waits-for-work',
      job: name,
      text: `it runs when ${upstream.join(' or ')} did work${atStart}, and has no schedule`,
    };
  }
  return {
    kind: 'only-when-told',
    job: name,
    text: startup
      ? 'it runs at the start of a host, and has no schedule'
      : 'it has no schedule and runs after no other job',
    ...(lastFinishedAt ? {} : { remedy: `\`bfd-host run ${name}\`` }),
  };
}

const MISSED_WORDS: Readonly<Record<MissedReason, string>> = {
  'host-down': 'no host was running',
  'host-stalled': 'the host did not get to it: its machine slept, or it was stopped or held up',
  'database-unreachable': 'the host could not reach the database',
  'job-not-loaded': 'no host had the job: its plugin was missing or refused',
};

export function missedCause(name: string, missed: MissedFacts, now: Date): Cause {
  const { first, last, fires, reason, downFrom, downTo } = missed;
  const stretch =
    fires === 1
      ? `its fire of ${instant(first)} was missed`
      : `${fires} fires from ${instant(first)} to ${instant(last)} were missed`;
  const from = downFrom ? ` from ${instant(downFrom)}` : '';
  return {
    kind: `missed-${reason}`,
    job: name,
    text: `${stretch}: ${MISSED_WORDS[reason]}${from} until ${when(downTo, now)}`,
  };
}
