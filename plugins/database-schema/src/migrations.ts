/**
 * Every migration, oldest first. To add one: put `NNN_what.sql` with the next number into `migrations/`,
 * import it here and append it to the list; never change one that has been released.
 *
 * The number of the last one is the schema's version, which other jobs depend on
 * (`dependsOn: [{ job: 'database-schema', version: '>=42' }]`). The count begins at 42, so that this example of
 * the documents is literally true.
 */

import baseline from './migrations/042_baseline.sql';
import rda from './migrations/043_rda.sql';
import oldHashes from './migrations/044_old_hashes.sql';
import operatorWork from './migrations/045_operator_work.sql';
import quarantinedRecords from './migrations/046_quarantined_records.sql';
import statistics from './migrations/047_statistics.sql';

export interface Migration {
  /** File name without `.sql`, for example `042_baseline`. */
  readonly name: string;
  /** The number in front of the name. */
  readonly version: number;
  /** Statements, run in one transaction. */
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  migration('042_baseline', baseline),
  migration('043_rda', rda),
  migration('044_old_hashes', oldHashes),
  migration('045_operator_work', operatorWork),
  migration('046_quarantined_records', quarantinedRecords),
  migration('047_statistics', statistics),
];

/**
 * Makes a migration of a file's name and text.
 *
 * @throws RangeError when the name has no number in front
 */
export function migration(name: string, sql: string): Migration {
  const version = Number(/^(\d{3})_/.exec(name)?.[1]);
  if (Number.isNaN(version)) throw new RangeError(`"${name}" is not of the form NNN_what`);
  return { name, version, sql };
}
