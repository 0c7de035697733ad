// A machine with a host on it: a folder of its own, and ways of its own to database and S3, which a test can cut.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { HostProcess, type TestProject } from '@bfd-host/testkit';
import { CutOff } from '../support/cut-off.ts';
import type { Network } from './network.ts';

const HOST = path.dirname(createRequire(import.meta.url).resolve('@bfd-host/host/package.json'));
const BIN = path.join(HOST, 'bin/bfd-host.cjs');

export interface MachineOptions {
  /** A network of its own; that of the test if absent. */
  readonly network?: Network;
  /** What the host finds in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder here of the plugin it runs; `workload` if absent. */
  readonly plugin?: string;
}

export class Machine implements AsyncDisposable {
  readonly database: CutOff;
  readonly s3: CutOff;
  readonly network: Network | undefined;
  readonly #project: TestProject;
  readonly #env: Readonly<Record<string, string>>;
  #host: HostProcess | undefined;

  private constructor(project: TestProject, ways: [CutOff, CutOff], options: MachineOptions) {
    this.#project = project;
    [this.database, this.s3] = ways;
    this.network = options.network;
    this.#env = options.env ?? {};
  }

  /** @param project - its folder; disposed of with the machine */
  static async make(project: TestProject, options: MachineOptions = {}): Promise<Machine> {
    const { name: bucket, endpoint } = project.bucket;
    const { region, accessKeyId, secretAccessKey } = endpoint;
    const way = options.network ? { address: options.network.address } : {};
    const database = await CutOff.before(project.database.url, way);
    const s3 = await CutOff.before(endpoint.endpoint, way);
    await project.install(path.join(import.meta.dirname, options.plugin ?? 'workload'));
    await project.configure({
      database: database.url,
      s3: { endpoint: s3.url, region, accessKeyId, secretAccessKey, forcePathStyle: true },
      concurrency: 4,
      http: false,
      stopGraceMs: 3000,
      jobs: { archive: { config: { bucket } } },
    });
    return new Machine(project, [database, s3], options);
  }

  /** The host that runs here now, or ran last. */
  get host(): HostProcess {
    if (!this.#host) throw new Error('no host was started on this machine');
    return this.#host;
  }

  /** Starts a host; resolves when it has started. */
  async start(): Promise<void> {
    const { network } = this;
    const [file, ...args] = [...(network?.command ?? []), process.execPath, BIN, 'start', '--json'];
    const child = spawn(file ?? '', args, {
      cwd: this.#project.folder,
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#host = new HostProcess(child);
    await this.#host.waitFor({ event: 'host.started' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host?.kill();
    await this.database[Symbol.asyncDispose]();
    await this.s3[Symbol.asyncDispose]();
    await this.#project[Symbol.asyncDispose]();
  }
}
