import {
  DB_POOL,
  inject,
  Job,
  JobError,
  LOGGER,
  type Logger,
  type Outcome,
  type Pool,
  type Runnable,
  workDone,
} from '@bfd-host/sdk';

/** Logs a person's number under a name that says it counts something. */
@Job({ name: 'logs-number', version: '1.0.0' })
export class LogsNumber implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async run(): Promise<Outcome> {
    const { rows } = await this.db.query<{ id: string }>('select id from person');
    for (const { id } of rows) this.log.info('person looked at', { rows: Number(id) });
    return workDone({ counts: { people: rows.length } });
  }
}

/** Puts a person's number into an error as if it were the number of a line. */
@Job({ name: 'tells-number', version: '1.0.0' })
export class TellsNumber implements Runnable {
  constructor(@inject(DB_POOL) private readonly db: Pool) {}

  async run(): Promise<Outcome> {
    const { rows } = await this.db.query<{ id: string }>('select id from person');
    throw new JobError('ACME_PERSON', 'Line {line} is not right.', { line: Number(rows[0]?.id) });
  }
}
