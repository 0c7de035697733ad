// For tests of jobs: real services, a real host, a job in its real process.

export {
  EvilKitError,
  type EvilOptions,
  type EvilReport,
  type EvilTrial,
  evilKit,
} from './evil/evil-kit.ts';
export type { Fault } from './evil/faults.ts';
export {
  type FreshBucket,
  type FreshDatabase,
  type FreshOptions,
  freshBucket,
  freshDatabase,
  SERVICES_VARIABLE,
  type Services,
  services,
} from './fresh.ts';
export { type Finished, HostProcess, type ToldEvent } from './host-process.ts';
export type { RunToMake } from './job-site.ts';
export type { JobToTest, JsonObject, TestPlace } from './job-to-test.ts';
export { ownStack } from './own-stack.ts';
export type { Canaries } from './phi/canaries.ts';
export type { Leak } from './phi/find-canaries.ts';
export { PhiLeakError, type PhiReport, phiCheck } from './phi/phi-check.ts';
export { type PlannedFire, type Stretch, type TestJob, testJob } from './test-job.ts';
export { type TestProject, type TestProjectOptions, testProject } from './test-project.ts';
export {
  succeeded,
  type TestLogLine,
  type TestRun,
  type TestRunError,
  type TestSpan,
} from './test-run.ts';
export { TestkitError, type TestkitErrorCode } from './testkit-error.ts';
