/** The part used here; the package brings no types. */
declare module 'pg-copy-streams' {
  import type { Writable } from 'node:stream';
  import type { Connection, Submittable } from 'pg';

  export class CopyStreamQuery extends Writable implements Submittable {
    /** Rows taken, once it has finished. */
    readonly rowCount: number;
    submit(connection: Connection): void;
  }

  /** A stream into a `COPY … FROM STDIN`, to be given to `query`. */
  export function from(statement: string): CopyStreamQuery;
}
