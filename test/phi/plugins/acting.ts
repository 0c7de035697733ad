// What an act is given, and how it becomes a job: each act is a job of its own, called like the function.

import {
  CONFIG,
  DB_POOL,
  type ItemContext,
  inject,
  Job,
  type Json,
  LOGGER,
  type Logger,
  type Outcome,
  type Pool,
  type RunContext,
  type Runnable,
  S3,
  type S3Client,
  z,
} from '@bfd-host/sdk';

export interface Person {
  readonly mbi: string;
  readonly hicn: string;
  readonly ssn: string;
  readonly given: string;
  readonly surname: string;
  readonly born: string;
  readonly claim: string;
  readonly address: string;
  readonly npi: string;
  readonly phone: string;
}

// A small schema: the host has three seconds to check those of all jobs of a plugin, also beside other tests.
const person = z.record(z.string(), z.string()) as unknown as z.ZodType<Person>;
export const config = z.object({ person, bucket: z.string() });

type Config = z.infer<typeof config>;

/** The job that acts, and whom it handles. */
export interface Acting {
  readonly person: Person;
  readonly bucket: string;
  readonly log: Logger;
}

export type Act<Services = unknown> = (
  job: Acting & Services,
  ctx: RunContext,
) => Outcome | Promise<Outcome>;

export type WithDatabase = { readonly db: Pool };
export type WithObjects = { readonly s3: S3Client };

/** What `forItem` does with an item of these acts. */
export type ItemAct = (item: Json, ctx: ItemContext) => Json;

type Acts<Services> = Readonly<Record<string, Act<Services>>>;

const declared = (act: string) => ({
  name: act.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  version: '1.0.0',
  startup: true,
  config,
});

/** A job for each act that needs neither database nor S3. */
export function bareJobs(acts: Acts<unknown>) {
  return Object.entries(acts).map(([name, act]) => {
    @Job(declared(name))
    class Bare implements Runnable {
      constructor(
        @inject(CONFIG) private readonly given: Config,
        @inject(LOGGER) private readonly log: Logger,
      ) {}

      async run(ctx: RunContext): Promise<Outcome> {
        return act({ ...this.given, log: this.log }, ctx);
      }
    }
    return Bare;
  });
}

/** A job for each act on the database. */
export function databaseJobs(acts: Acts<WithDatabase>, forItem: ItemAct = (item) => item) {
  return Object.entries(acts).map(([name, act]) => {
    @Job(declared(name))
    class OnDatabase implements Runnable {
      constructor(
        @inject(CONFIG) private readonly given: Config,
        @inject(LOGGER) private readonly log: Logger,
        @inject(DB_POOL) private readonly db: Pool,
      ) {}

      async run(ctx: RunContext): Promise<Outcome> {
        return act({ ...this.given, log: this.log, db: this.db }, ctx);
      }

      async forItem(item: Json, ctx: ItemContext): Promise<Json> {
        return forItem(item, ctx);
      }
    }
    return OnDatabase;
  });
}

/** A job for each act on S3. */
export function objectJobs(acts: Acts<WithObjects>) {
  return Object.entries(acts).map(([name, act]) => {
    @Job(declared(name))
    class OnObjects implements Runnable {
      constructor(
        @inject(CONFIG) private readonly given: Config,
        @inject(LOGGER) private readonly log: Logger,
        @inject(S3) private readonly s3: S3Client,
      ) {}

      async run(ctx: RunContext): Promise<Outcome> {
        return act({ ...this.given, log: this.log, s3: this.s3 }, ctx);
      }
    }
    return OnObjects;
  });
}
