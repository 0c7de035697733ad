// All that the author of a job imports.

export type { S3 as S3Client } from '@aws-sdk/client-s3';
export type { Pool, PoolClient } from 'pg';
export { z } from 'zod';
export type {
  FailedItem,
  ItemContext,
  ItemsSettled,
  Json,
  Progress,
  ProgressPart,
  RunContext,
  Transaction,
  Trigger,
  UploadOptions,
  WorkContext,
} from './context.ts';
export { JobError, type JobErrorOptions, PermanentError, type Place } from './errors.ts';
export {
  type Dependency,
  inject,
  Job,
  type JobOptions,
  type JobTimeout,
  type Retries,
  type Runnable,
  type Schedule,
} from './job.ts';
export type { Logger } from './logger.ts';
export {
  type Counts,
  type NothingToDo,
  nothingToDo,
  type Outcome,
  type WorkDone,
  workDone,
} from './outcome.ts';
export { definePlugin, type PluginModule, type PluginOptions, type Privileges } from './plugin.ts';
export { type Constant, type SafeFields, type SafeText, type SafeValue, safe } from './safe.ts';
export { CONFIG, DB_POOL, LOGGER, S3 } from './tokens.ts';
