// What the page knows: how things stand, as the host tells it, and what is shown.

import type { Changes, JobSummary, Overview } from '../http/api.ts';
import { news, RefusedError, readAccess } from './ask-host.ts';
import { setClock } from './moments.ts';

export type Connection =
  | 'connecting'
  | 'live'
  /** The host does not answer; tried again. */
  | 'lost'
  /** It answers whoever has the token. */
  | 'locked';

export interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'refused';
  readonly text: string;
}

const TRY_AGAIN_MS = 2000;
const NOTICE_MS = 8000;

export class Page {
  overview: Overview | undefined;
  connection: Connection = 'connecting';
  mayAct = false;
  notices: readonly Notice[] = [];
  readonly #onChange: (changes: Changes | undefined) => void;
  #noticeId = 0;
  #stop = new AbortController();

  /** @param onChange - told of what is new; of nothing in particular when something else than jobs and hosts changed */
  constructor(onChange: (changes: Changes | undefined) => void) {
    this.#onChange = onChange;
  }

  /** Listens for ever, also after the host was away. */
  async listen(): Promise<void> {
    for (;;) {
      const stop = new AbortController();
      this.#stop = stop;
      try {
        this.mayAct = (await readAccess()).mayAct;
        for await (const told of news(stop.signal)) {
          this.connection = 'live';
          setClock(told.data.now);
          if (told.event === 'overview') this.#begin(told.data);
          else this.#change(told.data);
        }
        this.connection = 'lost';
      } catch (error) {
        const isLocked = error instanceof RefusedError && error.status === 401;
        this.connection = isLocked ? 'locked' : 'lost';
      }
      this.#onChange(undefined);
      if (!stop.signal.aborted) await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }

  /** With another token. */
  listenAnew(): void {
    this.#stop.abort();
  }

  jobNamed(name: string): JobSummary | undefined {
    return this.overview?.jobs.find(({ job }) => job === name);
  }

  notify(kind: Notice['kind'], text: string): void {
    const id = ++this.#noticeId;
    this.notices = [...this.notices.slice(-2), { id, kind, text }];
    setTimeout(() => this.dismiss(id), NOTICE_MS);
    this.#onChange(undefined);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
    this.#onChange(undefined);
  }

  #begin(overview: Overview): void {
    this.overview = overview;
    this.#onChange({ now: overview.now, jobs: overview.jobs, hosts: overview.hosts });
  }

  #change(changes: Changes): void {
    if (!this.overview) return;
    const changed = new Map((changes.jobs ?? []).map((job) => [job.job, job]));
    this.overview = {
      ...this.overview,
      now: changes.now,
      jobs: this.overview.jobs.map((job) => changed.get(job.job) ?? job),
      hosts: changes.hosts ?? this.overview.hosts,
    };
    this.#onChange(changes);
  }
}
