// What a job may ask its constructor for. `Symbol.for` and not `Symbol`: a built plugin carries its own
// copy of this file, and only registered symbols are the same in every copy.

/** The PostgreSQL pool of this job: a real `pg.Pool` with a quota, a statement timeout and cancellation on abort. */
export const DB_POOL: unique symbol = Symbol.for('@bfd-host/db-pool');

/** The AWS SDK's aggregated `S3` client, made and instrumented by the host's runtime. */
export const S3: unique symbol = Symbol.for('@bfd-host/s3');

/** The job's own configuration, already checked against the schema given to `@Job`. */
export const CONFIG: unique symbol = Symbol.for('@bfd-host/config');

/** The job's {@link Logger}: constant messages, fields of safe types. */
export const LOGGER: unique symbol = Symbol.for('@bfd-host/logger');

export type ServiceToken = typeof DB_POOL | typeof S3 | typeof CONFIG | typeof LOGGER;
