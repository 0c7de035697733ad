export type { LocalStackError } from './errors.ts';
export {
  LocalStackBusyError,
  LocalStackHomeError,
  LocalStackOwnerError,
  LocalStackStateError,
  PostgresBinariesError,
  PostgresStartError,
  PostgresUserError,
  PostgresVersionError,
  S3StartError,
} from './errors.ts';
export { joinLocalStack, type LocalStack, type LocalStackOptions } from './local-stack.ts';
export type { PostgresEndpoint } from './postgres/server.ts';
export type { S3Endpoint } from './s3/service.ts';
