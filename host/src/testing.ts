// What the testing kit drives a job with: the host's own parts, each as it is. For @bfd-host/testkit alone; nothing
// of this is promised to anybody else.

export type { HostJob } from './catalog/host-job.ts';
export { refusals } from './catalog/refusals.ts';
export { ConfigError } from './config/config-error.ts';
export { type Database, openDatabase } from './database/database.ts';
export { migrateHostSchema } from './database/migrations.ts';
export { HostRegistry } from './engine/host-registry.ts';
export { Leases, type StopReason } from './engine/leases.ts';
export { JobProcesses, type JobProcessStatus } from './isolation/job-process.ts';
export { executeRun, type RunDeps } from './runs/execute-run.ts';
export { endLeftovers, processSpec } from './runs/process-spec.ts';
export type { RunRow } from './runs/run-records.ts';
export { type RunEnding, type RunResult, RunStore } from './runs/run-store.ts';
export { settleAbandoned } from './runs/settle-abandoned.ts';
export { type Fire, FirePlan } from './schedule/fire-plan.ts';
export { openServices, type Services } from './services.ts';
export { readSetup, type Setup } from './setup.ts';
export { Console } from './telemetry/console.ts';
export { type EventSink, type HostEvent, isQuiet } from './telemetry/events.ts';
export { line as eventLine } from './telemetry/json-lines.ts';
export { Tracing } from './telemetry/tracing.ts';
export { HOST_VERSION } from './version.ts';
