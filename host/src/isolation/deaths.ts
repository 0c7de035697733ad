// Why a job's process ended before its run did, and what people are told of it. Every text names the limit that was
// exceeded and the setting that moves it.

import type { DeathReason, JobLimits } from './job-process-spec.ts';
import type { ErrorEnvelope, ErrorPlace } from './protocol.ts';

export type StartStep = 'boot' | 'load' | 'preflight';

/** What the host killed it for. */
export type KillCause =
  | { readonly reason: 'memory'; readonly usedMb: number }
  | { readonly reason: 'output' }
  | { readonly reason: 'temp-files' }
  | { readonly reason: 'protocol'; readonly violation: string }
  | { readonly reason: 'blocked'; readonly blockedMs: number; readonly activity?: string }
  | { readonly reason: 'hard-timeout'; readonly afterMs: number }
  | { readonly reason: 'abort-ignored'; readonly graceMs: number }
  | { readonly reason: 'start'; readonly step: StartStep; readonly afterMs: number };

/** How a process ended. */
export interface Death {
  readonly killedFor?: KillCause;
  /** What nobody caught, if it said so at the end. */
  readonly fatal?: ErrorEnvelope;
  readonly isHeapExhausted: boolean;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Where its code was when it was interrupted. */
  readonly stack: readonly ErrorPlace[];
}

export interface DeathReport {
  readonly reason: DeathReason;
  readonly error: ErrorEnvelope;
}

export function deathReport(death: Death, limits: JobLimits): DeathReport {
  const { killedFor, fatal } = death;
  if (killedFor) return report(killedFor.reason, killText(killedFor, limits), death.stack);
  if (fatal) {
    const message = `An error that nobody caught ended the job's process. ${fatal.message}`;
    return { reason: 'fatal', error: { ...fatal, message } };
  }
  if (death.isHeapExhausted) return report('memory', heapText(limits), []);
  return death.signal === undefined
    ? report('exit', exitText(death.exitCode), [])
    : report('signal', signalText(death.signal), []);
}

interface DeathText {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

function report(reason: DeathReason, text: DeathText, stack: readonly ErrorPlace[]): DeathReport {
  const places = stack.map((place) => ({ ...place, code: text.code }));
  return { reason, error: { ...text, places, isPermanent: false } };
}

function killText(cause: KillCause, limits: JobLimits): DeathText {
  switch (cause.reason) {
    case 'memory':
      return {
        code: 'BFD_JOB_MEMORY',
        message: `The job's process used ${cause.usedMb} MiB of memory, and may use ${limits.rssMb}; it was killed`,
        remedy: 'Stream instead of collecting, or raise "rssMb" in the plugin\'s settings.',
      };
    case 'output':
      return {
        code: 'BFD_JOB_OUTPUT',
        message: `The job wrote more than ${kib(limits.outputBytes)} KiB to the console; its process was killed`,
        remedy: 'Use the logger, or raise "outputKb" in the plugin\'s settings.',
      };
    case 'temp-files':
      return {
        code: 'BFD_JOB_TEMP_FILES',
        message: `The job's files in its temporary folder outgrew ${mib(limits.tempBytes)} MiB; its process was killed`,
        remedy: 'Stream instead of storing, or raise "tempMb" in the plugin\'s settings.',
      };
    case 'protocol':
      return {
        code: 'BFD_JOB_PROTOCOL',
        message: `The job's process broke the rules of its channel to the host (${cause.violation}); it was killed`,
        remedy:
          'A job must leave file descriptor 3 alone. Results larger than a message belong into database or S3.',
      };
    case 'blocked':
      return {
        code: 'BFD_JOB_BLOCKED',
        message: `The job kept its main thread busy for ${seconds(cause.blockedMs)} s without a pause${
          cause.activity === undefined ? '' : `, last in "${cause.activity}"`
        }; its process was killed`,
        remedy:
          'Break long loops with an await, or raise "blockedSeconds" in the plugin\'s settings.',
      };
    case 'hard-timeout':
      return {
        code: 'BFD_RUN_TIMED_OUT',
        message: `The run did not end within ${seconds(cause.afterMs)} s; its process was killed`,
        remedy: 'Give the job more time in its "timeout", or make it heed ctx.signal.',
      };
    case 'abort-ignored':
      return {
        code: 'BFD_ABORT_IGNORED',
        message: `The run was told to stop and had not after ${seconds(cause.graceMs)} s; its process was killed`,
        remedy: 'Make the job heed ctx.signal: pass it on, or look at it between pieces of work.',
      };
    case 'start':
      return startText(cause.step, cause.afterMs);
  }
}

function startText(step: StartStep, afterMs: number): DeathText {
  const within = `within ${seconds(afterMs)} s`;
  switch (step) {
    case 'boot':
      return {
        code: 'BFD_JOB_START',
        message: `The job's process did not come up ${within}`,
        remedy: 'Look whether the machine is overloaded or out of memory.',
      };
    case 'load':
      return {
        code: 'BFD_JOB_START',
        message: `Loading the job's bundle did not end ${within}; its process was killed`,
        remedy:
          'Module-level code and constructors should do nothing but define; leave work to run(ctx).',
      };
    case 'preflight':
      return {
        code: 'BFD_JOB_START',
        message: `The job's preflight did not end ${within}; its process was killed`,
        remedy: 'Make preflight(ctx) a few quick checks that heed ctx.signal.',
      };
  }
}

function heapText(limits: JobLimits): DeathText {
  return {
    code: 'BFD_JOB_MEMORY',
    message: `The job's JavaScript heap outgrew its ${limits.memoryMb} MiB, so Node ended its process`,
    remedy: 'Stream instead of collecting, or raise "memoryMb" in the plugin\'s settings.',
  };
}

function exitText(exitCode: number | undefined): DeathText {
  return {
    code: 'BFD_JOB_EXITED',
    message: `The job's process ended itself with exit code ${exitCode ?? 'unknown'} in the middle of a run`,
    remedy: 'A job must not call process.exit: return an outcome or throw.',
  };
}

function signalText(signal: string): DeathText {
  return {
    code: 'BFD_JOB_KILLED',
    message: `The job's process was ended by signal ${signal}`,
    remedy:
      SIGNAL_REMEDIES[signal] ??
      'Native code of the job or of Node crashed; look for add-ons in the bundle.',
  };
}

const SOMEBODY = 'Somebody ended it from outside; the host would have asked it to stop.';
const SIGNAL_REMEDIES: Readonly<Record<string, string>> = {
  SIGABRT:
    'It called process.abort, or Node or native code gave up; look for either in the bundle.',
  SIGINT: SOMEBODY,
  SIGKILL: "Somebody, or the kernel for want of memory, killed it; the kernel's log tells which.",
  SIGTERM: SOMEBODY,
};

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
const kib = (bytes: number): number => Math.round(bytes / 1024);
const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;
