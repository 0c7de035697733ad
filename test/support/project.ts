// A project of a test's own: a folder with a configuration and plugins, a real host started in it, and what
// that host tells, line by line.

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildPlugin } from '@bfd-host/plugin-builder';
import {
  type FreshBucket,
  type FreshDatabase,
  freshBucket,
  freshDatabase,
} from '@bfd-host/testkit';

const ROOT = path.resolve(import.meta.dirname, '../..');
const BIN = path.join(ROOT, 'host/bin/bfd-host.cjs');

/** A line of the host's standard output. */
export interface ToldEvent {
  readonly event: string;
  readonly job?: string;
  readonly result?: string;
  readonly [field: string]: unknown;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProjectOptions {
  /** Members of host.config.json besides database and S3. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Plugins of this repository to drop in, as built. */
  readonly shipped?: readonly string[];
  /** Name of a database to begin with a copy of; an empty one if absent. */
  readonly template?: string;
}

export class Project implements AsyncDisposable {
  readonly folder: string;
  readonly database: FreshDatabase;
  readonly bucket: FreshBucket;
  readonly #resources: AsyncDisposableStack;
  readonly #hosts = new Set<HostProcess>();
  readonly #begun = new Set<ChildProcess>();

  private constructor(
    folder: string,
    database: FreshDatabase,
    bucket: FreshBucket,
    resources: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.database = database;
    this.bucket = bucket;
    this.#resources = resources;
  }

  static async make(options: ProjectOptions = {}): Promise<Project> {
    await using making = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-project-'));
    making.defer(() => rm(folder, { recursive: true, force: true }));
    const database = making.use(
      await freshDatabase(options.template === undefined ? {} : { template: options.template }),
    );
    const bucket = making.use(await freshBucket());
    await mkdir(path.join(folder, 'plugins'));
    const project = new Project(folder, database, bucket, making.move());
    await project.configure(options.config ?? {});
    for (const plugin of options.shipped ?? []) {
      await project.drop(plugin, path.join(ROOT, 'plugins', plugin, 'dist'));
    }
    return project;
  }

  /** Another folder with plugins of its own and the same database and S3: another host of theirs. */
  async beside(): Promise<Project> {
    await using making = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-project-'));
    making.defer(() => rm(folder, { recursive: true, force: true }));
    await mkdir(path.join(folder, 'plugins'));
    const project = new Project(folder, this.database, this.bucket, making.move());
    await project.configure({});
    return project;
  }

  /** Writes host.config.json, with this project's database and S3. */
  async configure(members: Readonly<Record<string, unknown>>): Promise<void> {
    const { endpoint, region, accessKeyId, secretAccessKey } = this.bucket.endpoint;
    const config = {
      database: this.database.url,
      s3: { endpoint, region, accessKeyId, secretAccessKey, forcePathStyle: true },
      ...members,
    };
    await writeFile(path.join(this.folder, 'host.config.json'), JSON.stringify(config, null, 2));
  }

  /** Drops a built plugin in: its two files and nothing else. */
  async drop(name: string, builtFolder: string): Promise<void> {
    const target = path.join(this.folder, 'plugins', name);
    await mkdir(target, { recursive: true });
    for (const file of ['plugin.json', 'plugin.js']) {
      await cp(path.join(builtFolder, file), path.join(target, file));
    }
  }

  /** Builds a plugin from the text of its `src/plugin.ts` with the real builder, elsewhere, and drops it in. */
  async write(name: string, source: string): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-plugin-'));
    try {
      await mkdir(path.join(folder, 'src'));
      await writeFile(
        path.join(folder, 'package.json'),
        JSON.stringify({ name, version: '1.0.0', type: 'module' }),
      );
      await writeFile(path.join(folder, 'src/plugin.ts'), source);
      await buildPlugin(folder);
      await this.drop(name, path.join(folder, 'dist'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Starts a host. It is stopped at the end of the test if it still runs. */
  start(env: Readonly<Record<string, string>> = {}): HostProcess {
    const host = new HostProcess(this.#spawn(['start', '--json'], env));
    this.#hosts.add(host);
    return host;
  }

  /** Runs a command to its end. */
  command(...args: readonly string[]): Promise<Finished> {
    return finished(this.#spawn(args, {}));
  }

  /** Starts a command that is then told something: a signal, or that nobody reads it. */
  begin(...args: readonly string[]): { child: ChildProcess; ended: Promise<Finished> } {
    const child = this.#spawn(args, {});
    this.#begun.add(child);
    return { child, ended: finished(child) };
  }

  /** The JSON a command prints. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr, exitCode } = await this.command(...args, '--json');
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
    return JSON.parse(stdout);
  }

  #spawn(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    return spawn(process.execPath, [BIN, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts].map((host) => host.kill()));
    for (const child of this.#begun) child.kill('SIGKILL');
    await this.#resources.disposeAsync();
  }
}

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Finished>;
  readonly #events: ToldEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#events.push(JSON.parse(line));
        for (const look of this.#waiting) look();
      });
    }
    this.#ended = finished(child);
    void this.#ended.then(() => {
      this.#isOver = true;
      for (const look of this.#waiting) look();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get events(): readonly ToldEvent[] {
    return this.#events;
  }

  /** The first event told, before or from now on, that has these members; the `nth` of them if given. */
  async waitFor(wanted: Readonly<Record<string, unknown>>, nth = 1): Promise<ToldEvent> {
    for (;;) {
      const found = this.#events.filter((event) => matches(event, wanted))[nth - 1];
      if (found) return found;
      if (this.#isOver) {
        const { stderr } = await this.#ended;
        throw new Error(`the host ended without telling ${JSON.stringify(wanted)}: ${stderr}`);
      }
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<Finished> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

function matches(event: ToldEvent, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([key, value]) => event[key] === value);
}

function finished(child: ChildProcess): Promise<Finished> {
  const out: string[] = [];
  const err: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => err.push(text));
  return new Promise((resolve) => {
    child.once('close', (exitCode) => {
      resolve({ exitCode, stdout: out.join(''), stderr: err.join('') });
    });
  });
}

/** Source of a plugin with one job. */
export function jobSource(options: {
  readonly name: string;
  /** More members of `@Job`, as source. */
  readonly declared?: string;
  /** The body of `run(ctx)`; `this.db`, `this.s3` and `this.log` are there. */
  readonly body: string;
}): string {
  return `
    import { DB_POOL, definePlugin, inject, Job, JobError, LOGGER, nothingToDo, PermanentError, S3, safe, workDone, z } from '@bfd-host/sdk';
    @Job({ name: '${options.name}', version: '1.0.0', ${options.declared ?? 'startup: true'} })
    class TheJob {
      constructor(@inject(DB_POOL) db, @inject(S3) s3, @inject(LOGGER) log) { Object.assign(this, { db, s3, log }); }
      async run(ctx) { ${options.body} }
    }
    export default definePlugin({ jobs: [TheJob] });
    void [JobError, nothingToDo, PermanentError, safe, workDone, z];
  `;
}
