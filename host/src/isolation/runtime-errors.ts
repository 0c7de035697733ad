// What the runtime around a job can say went wrong: one sentence and one way out each. Only codes and the fields
// of these templates cross the process border, so the texts are the same on both sides of it.

interface RuntimeErrorText {
  /** What happened, with `{field}` where a field goes. */
  readonly template: string;
  readonly remedy: string;
  /** Whether a retry is useless. */
  readonly isPermanent: boolean;
}

const TEXTS = {
  BFD_LEASE_LOST: {
    template: 'Another host has taken this job over, so this transaction was rolled back',
    remedy: 'Nothing to do: the other host runs the job.',
    isPermanent: false,
  },
  BFD_RUN_ABORTED: {
    template: 'The run was told to stop before it was done',
    remedy: 'Nothing to do, unless the stop was not meant.',
    isPermanent: false,
  },
  BFD_RUN_TIMED_OUT: {
    template: 'The run was told to stop, because its time was up',
    remedy: 'Give the job more time in its "timeout", or make a run do less.',
    isPermanent: false,
  },
  BFD_TRANSACTION_ELSEWHERE: {
    template:
      'ctx.transaction and ctx.checkpoint need the database of the host, and this plugin has one of its own',
    remedy: 'Use the pool itself there, or remove "database" from the plugin\'s settings.',
    isPermanent: true,
  },
  BFD_TRANSACTION_ENDED: {
    template: 'The work given to ctx.transaction ended the transaction by itself',
    remedy: 'Leave BEGIN, COMMIT and ROLLBACK to ctx.transaction.',
    isPermanent: true,
  },
  BFD_TRANSACTION_BROKEN: {
    template:
      'A statement inside ctx.transaction failed and its error was not passed on, so nothing could be committed',
    remedy: 'Let the error of a statement leave the work, or use a savepoint around it.',
    isPermanent: false,
  },
  BFD_NO_DATABASE: {
    template:
      'ctx.transaction and ctx.checkpoint need a database, and the job does not inject DB_POOL',
    remedy: 'Add a constructor parameter with @inject(DB_POOL).',
    isPermanent: true,
  },
  BFD_NO_S3: {
    template: 'ctx.upload needs S3, and the job does not inject it',
    remedy: 'Add a constructor parameter with @inject(S3).',
    isPermanent: true,
  },
  BFD_CHECKPOINT_VALUE: {
    template:
      'A checkpoint is {bytes} bytes of JSON, and at most {limit} are kept (0: it is no JSON)',
    remedy: 'Store large state in a table of the plugin and its key in the checkpoint.',
    isPermanent: true,
  },
  BFD_CHECKPOINT_KEY: {
    template: 'The key of a checkpoint is {length} characters, expected 1 to {limit}',
    remedy: 'Use a short constant as the key.',
    isPermanent: true,
  },
  BFD_HOST_FUNCTIONS: {
    template: 'The functions of schema bfd_host cannot be used by the database role of this job',
    remedy:
      'Run `bfd-host migrate`, and grant the role usage on schema bfd_host and execute on its functions.',
    isPermanent: false,
  },
  BFD_NO_FOR_ITEM: {
    template: 'ctx.forEach was called, and the job has no method forItem',
    remedy: 'Give the class `async forItem(item, ctx)`.',
    isPermanent: true,
  },
  BFD_ITEM_VALUE: {
    template:
      'An item of ctx.forEach is {bytes} bytes of JSON, and at most {limit} may be (0: it is no JSON)',
    remedy: 'Pass a key to the data and not the data.',
    isPermanent: true,
  },
  BFD_ITEM_RESULT: {
    template:
      'A result of forItem is {bytes} bytes of JSON, and at most {limit} may be (0: it is no JSON)',
    remedy: 'Write large results to the database or S3 and return their key.',
    isPermanent: true,
  },
  BFD_FAN_OUT_TOO_MANY: {
    template:
      'ctx.forEach was given more than {limit} items, which is the most that go to all hosts',
    remedy: 'Make an item stand for more, or set "fanOut": false for the job.',
    isPermanent: true,
  },
  BFD_FAN_OUT_FAILED: {
    template: 'The items of ctx.forEach could not be put into the queue that all hosts work on',
    remedy: 'Look at the log of the host; `bfd-host doctor` looks at its database.',
    isPermanent: false,
  },
  BFD_DB_POOL_TIMEOUT: {
    template: 'The job waited for a database connection, and all it may have stayed in use',
    remedy:
      'Release every client in a `finally`, or raise "connections" in the plugin\'s settings.',
    isPermanent: false,
  },
  BFD_DB_POOL_ENDED: {
    template: 'The job used its connection pool after the pool was ended',
    remedy: 'Do not call end() on DB_POOL: it belongs to the host.',
    isPermanent: true,
  },
  BFD_DB_CONNECTION_LOST: {
    template: 'The connection to the database was lost while the job used it',
    remedy: 'Look at the log of the database; the job is tried again as its retries say.',
    isPermanent: false,
  },
  BFD_DB_CONNECT_TIMEOUT: {
    template: 'The database did not answer a new connection in time',
    remedy: 'Look whether the database is up, reachable, and has connections left.',
    isPermanent: false,
  },
  BFD_DB_STATEMENT_NAME: {
    template: 'Two different statements were prepared under one name',
    remedy: 'Give each prepared statement a constant name of its own.',
    isPermanent: true,
  },
  BFD_JOB_OUTCOME: {
    template: 'run(ctx) returned something that is no outcome',
    remedy:
      'Return workDone({ … }) or nothingToDo(); counts are whole numbers, a version is like "42.1.0" and has five digits at most, or is a constant.',
    isPermanent: true,
  },
  BFD_LOG_MESSAGE: {
    template: 'The message of a log line was put together at run time, so it may hold row data',
    remedy:
      'Log a constant text and put what varies into fields. In production mode the line would come without its text.',
    isPermanent: true,
  },
  BFD_LOG_FIELD_NAME: {
    template: 'The names of {count} fields of a log line were made at run time',
    remedy:
      'Write the names of fields into the code. In production mode the fields would be left out.',
    isPermanent: true,
  },
  BFD_LOG_FIELD: {
    template: 'Field "{field}" of a log line cannot be proved to hold no row data',
    remedy:
      'Log a number, a boolean, or safe.name, safe.file or safe.timestamp; a number above 99,999 needs a name that says what it counts, such as "rows" or "waitMs". In production mode it would be withheld.',
    isPermanent: true,
  },
  BFD_PLUGIN_DIGEST: {
    template: 'The bundle is not the one that plugin.json describes',
    remedy: 'Build the plugin again with `bfd-plugin build`, or copy the whole folder again.',
    isPermanent: true,
  },
  BFD_PLUGIN_IMPORT: {
    template: 'Loading the bundle threw an error, whose text is withheld',
    remedy: 'Run `bfd-plugin check` on the folder; module-level code should do nothing but define.',
    isPermanent: false,
  },
  BFD_PLUGIN_EXPORT: {
    template: 'The bundle does not export a plugin as default',
    remedy:
      'Write `export default definePlugin({ jobs: [ … ] })` and build with `bfd-plugin build`.',
    isPermanent: true,
  },
  BFD_PLUGIN_API_VERSION: {
    template:
      'The bundle speaks version {found} of the plugin interface, and this host version {expected}',
    remedy: 'Build the plugin with the SDK of this host.',
    isPermanent: true,
  },
  BFD_PLUGIN_JOB_MISSING: {
    template: 'The bundle has no job of this name, though plugin.json names it',
    remedy: 'Build the plugin again with `bfd-plugin build`.',
    isPermanent: true,
  },
  BFD_JOB_CONFIG: {
    template: "The job's configuration is not as the job asks for",
    remedy: 'Mend "config" of this job in host.config.json.',
    isPermanent: true,
  },
  BFD_JOB_CONSTRUCTOR: {
    template: "The job's constructor threw an error, whose text is withheld",
    remedy: 'Leave work that may fail to run(ctx) or preflight(ctx).',
    isPermanent: false,
  },
  BFD_JOB_PREFLIGHT: {
    template:
      "The job's preflight threw an error, whose text is withheld, since it may hold row data",
    remedy: 'Throw a JobError with a code and a constant text to say what is wrong.',
    isPermanent: false,
  },
} as const satisfies Record<string, RuntimeErrorText>;

export type RuntimeErrorCode = keyof typeof TEXTS;

// The keys of a constant object are its type's keys.
export const RUNTIME_ERROR_CODES = Object.keys(TEXTS) as [RuntimeErrorCode, ...RuntimeErrorCode[]];

export function runtimeErrorText(code: RuntimeErrorCode): RuntimeErrorText {
  return TEXTS[code];
}
