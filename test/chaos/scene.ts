// A database, S3, and two machines with a host each, all at the same work.

import path from 'node:path';
import { joinLocalStack, type LocalStack } from '@bfd-host/local-stack';
import { type FreshDatabase, ownStack, type Services, testProject } from '@bfd-host/testkit';
import type pg from 'pg';
import { findPostmaster, stopPostmaster } from '../../tools/local-stack/src/postgres/postmaster.ts';
import { TABLES } from './accounts.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import { SmallDisk } from './small-disk.ts';

export interface SceneOptions {
  /** The database server: that of the test run; one of its own, which may be stopped; or one whose disk can be filled, too. */
  readonly server?: 'shared' | 'own' | 'on-small-disk';
  /** The folder here of the plugin that the hosts run; `workload` if absent. */
  readonly plugin?: string;
  /** What is particular about the first of the two machines. */
  readonly first?: {
    /** A network of its own, whose cable can be pulled. */
    readonly hasNetwork?: boolean;
    /** What the host finds in its environment. */
    readonly env?: Readonly<Record<string, string>>;
  };
}

export class Scene implements AsyncDisposable {
  readonly first: Machine;
  readonly second: Machine;
  /** To the database, past all that is cut. */
  readonly pool: pg.Pool;
  readonly url: string;
  readonly adminUrl: string;
  readonly #disk: SmallDisk | undefined;
  readonly #stack: LocalStack | undefined;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    machines: [Machine, Machine],
    { pool, url, adminUrl }: FreshDatabase,
    { disk, stack }: Server,
    resources: AsyncDisposableStack,
  ) {
    [this.first, this.second] = machines;
    this.pool = pool;
    this.url = url;
    this.adminUrl = adminUrl;
    this.#disk = disk;
    this.#stack = stack;
    this.#resources = resources;
  }

  /** Both hosts have started when this resolves. */
  static async open({
    server = 'shared',
    plugin = 'workload',
    first = {},
  }: SceneOptions = {}): Promise<Scene> {
    await using opening = new AsyncDisposableStack();
    const own = server === 'shared' ? {} : await startServer(server, opening);
    const services = own.stack && servicesOf(own.stack);
    const project = await testProject(services ? { services } : {});
    opening.defer(() => project[Symbol.asyncDispose]());
    await project.database.pool.query(TABLES);
    const network = first.hasNetwork ? opening.use(Network.make()) : undefined;
    const { env = {} } = first;
    const particular = { env, plugin, ...(network ? { network } : {}) };
    const machines: [Machine, Machine] = [
      opening.use(await Machine.make(await project.beside(), particular)),
      opening.use(await Machine.make(await project.beside(), { plugin })),
    ];
    await Promise.all(machines.map((machine) => machine.start()));
    return new Scene(machines, project.database, own, opening.move());
  }

  get machines(): readonly Machine[] {
    return [this.first, this.second];
  }

  /** By the database's clock. */
  async now(): Promise<Date> {
    const { rows } = await this.pool.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]?.now ?? new Date();
  }

  /** Stops the database server. `immediate`: as a power cut does. */
  async stopDatabase(how: 'fast' | 'immediate'): Promise<void> {
    const server = findPostmaster(`${this.#ownStack.home}/pg18`);
    if (!server) throw new Error('the database server does not run');
    await stopPostmaster(server, how);
  }

  /** Starts it again, at the same port. */
  async startDatabase(): Promise<void> {
    await this.#ownStack.restartPostgres();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** Of the database server. */
  get disk(): SmallDisk {
    if (!this.#disk) throw new Error('the database server is not on a small disk');
    return this.#disk;
  }

  get #ownStack(): LocalStack {
    if (!this.#stack) throw new Error('the database server is not of this scene alone');
    return this.#stack;
  }
}

interface Server {
  readonly stack?: LocalStack;
  readonly disk?: SmallDisk;
}

async function startServer(
  where: 'own' | 'on-small-disk',
  resources: AsyncDisposableStack,
): Promise<Server> {
  if (where === 'own') return { stack: resources.use(await ownStack()) };
  const disk = resources.use(SmallDisk.make());
  const home = path.join(disk.folder, '.bfd');
  return { disk, stack: resources.use(await joinLocalStack({ home, postgres: true, s3: true })) };
}

function servicesOf({ postgres, s3 }: LocalStack): Services {
  if (!postgres || !s3) throw new Error('the stack came without services');
  return { postgres, s3 };
}
