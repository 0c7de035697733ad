// A project of a test's own: a folder with a configuration and plugins, a database and a bucket, and the real
// `bfd-host` in it.

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { builtPlugin } from './built-plugin.ts';
import {
  type FreshBucket,
  type FreshDatabase,
  freshBucket,
  freshDatabase,
  type Services,
} from './fresh.ts';
import { type Finished, finished, HostProcess } from './host-process.ts';

export interface TestProjectOptions {
  /** Members of host.config.json besides database and S3. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Folders of plugins to install: built ones, or sources, which are built first. */
  readonly plugins?: readonly string[];
  /** Name of a database to begin with a copy of; an empty one if absent. */
  readonly template?: string;
  /** Whose database and bucket; those of the test run if absent. */
  readonly services?: Services;
}

/**
 * Makes a project for a host.
 *
 * @example
 * await using project = await testProject({ plugins: [import.meta.dirname] });
 * const host = project.start();
 * await host.waitFor({ event: 'run.finished', job: 'my-job', result: 'succeeded' });
 */
export async function testProject(options: TestProjectOptions = {}): Promise<TestProject> {
  return TestProject.make(options);
}

export class TestProject implements AsyncDisposable {
  readonly folder: string;
  readonly database: FreshDatabase;
  readonly bucket: FreshBucket;
  /** Variables that hosts and commands get besides those of the test: for `${env:NAME}` in the configuration. */
  readonly env: Record<string, string> = {};
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

  static async make(options: TestProjectOptions): Promise<TestProject> {
    await using making = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-project-'));
    making.defer(() => rm(folder, { recursive: true, force: true }));
    const { template, services } = options;
    const where = services === undefined ? {} : { services };
    const database = making.use(
      await freshDatabase({ ...where, ...(template === undefined ? {} : { template }) }),
    );
    const bucket = making.use(await freshBucket(where));
    await mkdir(path.join(folder, 'plugins'));
    const project = new TestProject(folder, database, bucket, making.move());
    await project.configure(options.config ?? {});
    for (const plugin of options.plugins ?? []) await project.install(plugin);
    return project;
  }

  /** Another folder with plugins of its own and the same database and S3: for another host of theirs. */
  async beside(): Promise<TestProject> {
    await using making = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-project-'));
    making.defer(() => rm(folder, { recursive: true, force: true }));
    await mkdir(path.join(folder, 'plugins'));
    const project = new TestProject(folder, this.database, this.bucket, making.move());
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

  /** Builds a plugin if it is not built, and drops it in. */
  async install(plugin: string): Promise<void> {
    const built = await builtPlugin(plugin);
    const isDist = path.basename(built) === 'dist';
    await this.drop(path.basename(isDist ? path.dirname(built) : built), built);
  }

  /** Drops a built plugin in under a name: its two files and nothing else. */
  async drop(name: string, builtFolder: string): Promise<void> {
    const target = path.join(this.folder, 'plugins', name);
    await mkdir(target, { recursive: true });
    for (const file of ['plugin.json', 'plugin.js']) {
      await cp(path.join(builtFolder, file), path.join(target, file));
    }
  }

  /** Builds a plugin from the text of its `src/plugin.ts`, elsewhere, and drops it in. */
  async write(name: string, source: string): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-plugin-'));
    try {
      await mkdir(path.join(folder, 'src'));
      await writeFile(
        path.join(folder, 'package.json'),
        JSON.stringify({ name, version: '1.0.0', type: 'module' }),
      );
      await writeFile(path.join(folder, 'src/plugin.ts'), source);
      await this.drop(name, await builtPlugin(folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Starts a host. It is killed at the end of the test if it still runs. */
  start(env: Readonly<Record<string, string>> = {}): HostProcess {
    const host = new HostProcess(this.#spawn(['start', '--json'], env));
    this.#hosts.add(host);
    return host;
  }

  /** Runs a command of `bfd-host` to its end. */
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
      env: { ...process.env, ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts].map((host) => host.kill()));
    for (const child of this.#begun) child.kill('SIGKILL');
    await this.#resources.disposeAsync();
  }
}

const HOST = path.dirname(createRequire(import.meta.url).resolve('@bfd-host/host/package.json'));
const BIN = path.join(HOST, 'bin/bfd-host.cjs');
