// How a job's process is started: with which rights, as which user, and so that it ends when the host does.
//
//   /bin/sh -c 'ulimit …; exec "$0" "$@"'  setpriv --pdeathsig KILL --no-new-privs  node --permission …
//
// sh bounds open files and core dumps, setpriv ties its life to ours even if it never looks at its pipe again and
// bars set-uid programs; each replaces itself by the next, so the process is one.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobProcessSpec } from './job-process-spec.ts';
import { COUNTER_FD } from './protocol-version.ts';
import type { StagedPlugin, Staging } from './staging.ts';

/** After the runtime's own: the program of Node, for a user who cannot reach its path. */
const NODE_FD = COUNTER_FD + 1;
const SHELL = '/bin/sh';
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/sbin/setpriv'].find((file) =>
  existsSync(file),
);
const PROBE_MS = 5000;
/** Of Node's thread pool, where hashes are made and data is compressed: one a core. Node makes four everywhere. */
const POOL_THREADS = Math.max(4, availableParallelism());

/** What the environment of a job's process may take from the host's. */
const PASSED_ON = ['TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS'];

export interface LaunchPlaces {
  readonly plugin: StagedPlugin;
  readonly tempFolder: string;
  /** Further files it may read. */
  readonly readable: readonly string[];
  /** In its environment; marks it and what it starts. */
  readonly marker: string;
  /** What it has at COUNTER_FD. */
  readonly counterFd: number;
}

export class Launcher {
  readonly #staging: Staging;
  readonly #env: NodeJS.ProcessEnv;
  readonly #nodeFd: number | undefined;
  readonly #hasSetpriv: boolean;

  private constructor(
    staging: Staging,
    env: NodeJS.ProcessEnv,
    nodeFd: number | undefined,
    hasSetpriv: boolean,
  ) {
    this.#staging = staging;
    this.#env = env;
    this.#nodeFd = nodeFd;
    this.#hasSetpriv = hasSetpriv;
  }

  /**
   * Tries out how processes can be started here.
   *
   * @param uid - a user id that processes shall be able to have; `undefined`: the host's own
   * @returns `undefined` when a process of that user cannot run what is staged
   */
  static async prepare(
    staging: Staging,
    env: NodeJS.ProcessEnv,
    uid: number | undefined,
  ): Promise<Launcher | undefined> {
    // Opened by us: a process that may not walk to Node's path may still run the file.
    const nodeFd = uid === undefined ? undefined : openSync(process.execPath, 'r');
    for (const hasSetpriv of SETPRIV ? [true, false] : [false]) {
      const launcher = new Launcher(staging, env, nodeFd, hasSetpriv);
      if (await launcher.#works(uid)) return launcher;
    }
    if (nodeFd !== undefined) closeSync(nodeFd);
    return undefined;
  }

  close(): void {
    if (this.#nodeFd !== undefined) closeSync(this.#nodeFd);
  }

  /** Starts a process of its own group. Its channel is `stdio[CHANNEL_FD]`. */
  start(spec: JobProcessSpec, places: LaunchPlaces, uid: number | undefined): ChildProcess {
    const { privileges, limits } = spec;
    const args = [...nodeFlags(spec, places, this.#staging), this.#staging.entry];
    const child = this.#spawn(args, limits.openFiles, places.counterFd, {
      cwd: places.plugin.folder,
      env: {
        UV_THREADPOOL_SIZE: String(POOL_THREADS),
        ...pick(this.#env, [...PASSED_ON, ...(privileges.environment ?? [])]),
        HOME: places.tempFolder,
        TMPDIR: places.tempFolder,
        ...markerVariable(places.marker),
      },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    try {
      if (child.pid !== undefined) setPriority(child.pid, limits.nice);
    } catch {
      // It has ended already, which is told elsewhere; or this system knows no niceness.
    }
    return child;
  }

  #spawn(
    args: readonly string[],
    openFiles: number,
    counterFd: number | 'ignore',
    options: SpawnOptions,
  ): ChildProcess {
    const node = this.#nodeFd === undefined ? process.execPath : `/proc/self/fd/${NODE_FD}`;
    const command = [
      ...(this.#hasSetpriv && SETPRIV ? [SETPRIV, '--pdeathsig', 'KILL', '--no-new-privs'] : []),
      node,
      ...args,
    ];
    const limits = `ulimit -c 0; ulimit -n ${openFiles} 2>/dev/null; exec "$0" "$@"`;
    const [file = node, ...rest] = existsSync(SHELL) ? [SHELL, '-c', limits, ...command] : command;
    return spawn(file, rest, {
      ...options,
      detached: true,
      stdio: [
        'ignore',
        'pipe',
        'pipe',
        'pipe',
        counterFd,
        ...(this.#nodeFd === undefined ? [] : [this.#nodeFd]),
      ],
    });
  }

  async #works(uid: number | undefined): Promise<boolean> {
    const probe = `require('node:fs').accessSync(${JSON.stringify(this.#staging.entry)})`;
    const child = this.#spawn(['-e', probe], 256, 'ignore', {
      cwd: '/',
      env: {},
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const ended = new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
    });
    for (const stream of child.stdio) stream?.on('error', () => {}).destroy();
    const inTime = await Promise.race([ended, delay(PROBE_MS, undefined, { ref: false })]);
    if (inTime === undefined) child.kill('SIGKILL');
    return inTime ?? false;
  }
}

/** The environment variable by which a process, and what it starts, is found again. */
export function markerVariable(marker: string): Record<string, string> {
  return { BFD_JOB_PROCESS: marker };
}

function nodeFlags(
  spec: JobProcessSpec,
  { plugin, tempFolder, readable }: LaunchPlaces,
  staging: Staging,
): string[] {
  const { privileges, limits, needs } = spec;
  const read = [
    ...staging.readable,
    plugin.folder,
    tempFolder,
    ...readable,
    ...(privileges.read ?? []),
  ];
  const write = [tempFolder, ...(privileges.write ?? [])];
  const [major = 0] = process.versions.node.split('.').map(Number);
  const needsNetwork = needs.includes('db') || needs.includes('s3') || privileges.network === true;
  return [
    '--permission',
    ...read.map((place) => `--allow-fs-read=${place}`),
    ...write.map((place) => `--allow-fs-write=${place}`),
    // Before 26 there is no such flag, and the network is always open.
    ...(needsNetwork && major >= 26 ? ['--allow-net'] : []),
    ...(privileges.childProcesses ? ['--allow-child-process'] : []),
    ...(privileges.workers ? ['--allow-worker'] : []),
    ...(privileges.addons ? ['--allow-addons'] : []),
    // It opens files outside of the permission model.
    '--no-experimental-sqlite',
    // Nobody opens a debugger in it by a signal …
    '--disable-sigusr1',
    // … and a blocked one can be asked for its stack.
    '--trace-sigint',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    `--max-old-space-size=${limits.memoryMb}`,
  ];
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
