/**
 * The `application_name` of a job's database sessions: says to an operator which job and run it is, and to the host
 * which sessions to end when the process died. PostgreSQL keeps 63 bytes.
 *
 * @param work - id of the run
 * @param processToken - four digits of the process, so that no other process's session is meant
 * @example
 * sessionName('ccw-rif-load', '0b5f9c1e-…', '7d31'); // 'bfd:ccw-rif-load:0b5f9c1e.7d31'
 */
export function sessionName(job: string, work: string, processToken: string): string {
  return `bfd:${job.slice(0, 45)}:${work.slice(0, 8)}.${processToken}`;
}
