/** What a run did, for its record. */
export class LoadCounts {
  /** Messages received. */
  messages = 0;
  /** Claims inserted or replaced. */
  claims = 0;
  /** Claims deleted because the API said so. */
  deleted = 0;
  /** DELETE messages passed over. */
  deletesSkipped = 0;
  /** Messages about claims that are none. */
  skipped = 0;
  /** Faulty messages put into rda.message_errors. */
  putAside = 0;
  /** Faulty messages of earlier runs that are stored now. */
  resolved = 0;
  /** Faulty messages of earlier runs that the API has no more. */
  obsolete = 0;
  /** Old claims deleted. */
  cleanedUp = 0;
  /** Settled faulty messages deleted. */
  expired = 0;

  /** Whether anything was changed. */
  get hasWork(): boolean {
    const { messages: _received, deletesSkipped: _deletes, skipped: _skipped, ...done } = this;
    return Object.values(done).some((count) => count > 0);
  }
}
