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
  safe,
  workDone,
} from '@bfd-host/sdk';

/** Takes a person's name for the name of a thing: it has the form of one. */
@Job({ name: 'tells-name', version: '1.0.0' })
export class TellsName implements Runnable {
  constructor(
    @inject(DB_POOL) private readonly db: Pool,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async run(): Promise<Outcome> {
    const { rows } = await this.db.query<{ surname: string }>('select surname from person');
    for (const { surname } of rows) {
      this.log.info('person looked at', { person: safe.name(surname) });
    }
    return workDone({ counts: { people: rows.length } });
  }
}

/** Puts a number that is a person's into an error, for numbers may be shown. */
@Job({ name: 'tells-number', version: '1.0.0' })
export class TellsNumber implements Runnable {
  constructor(@inject(DB_POOL) private readonly db: Pool) {}

  async run(): Promise<Outcome> {
    const { rows } = await this.db.query<{ id: string }>('select id from person');
    throw new JobError('ACME_PERSON', 'Person {id} is not right.', { id: Number(rows[0]?.id) });
  }
}
