import type { Database } from '../database/database.ts';
import type { HostRegistry } from '../engine/host-registry.ts';
import type { RunQueue } from '../engine/queue.ts';
import type { RunRequests } from '../engine/requests.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { Setup } from '../setup.ts';

/** Where the page has its answers from. */
export interface PageSources {
  readonly setup: Setup;
  readonly bootId: string;
  readonly database: Database;
  readonly store: RunStore;
  readonly queue: RunQueue;
  readonly requests: RunRequests;
  readonly hosts: HostRegistry;
}
