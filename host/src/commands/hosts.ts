import { hostname } from 'node:os';
import { HostRegistry, type RegisteredHost } from '../engine/host-registry.ts';
import { linkWithToken } from '../http/page-token.ts';
import { ago, count } from '../telemetry/words.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { type Cell, print, printJson, table } from './output.ts';

export interface HostsOptions {
  readonly config: string;
  readonly json?: boolean;
  /** Also those that ended. */
  readonly all?: boolean;
}

/** `bfd-host hosts`: the hosts on this database, and where their pages are. */
export async function hostsCommand(options: HostsOptions): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const { database, bootId, setup } = open;
  const hosts = await new HostRegistry(database, bootId).hosts({ all: options.all === true });
  if (options.json) {
    printJson({ hosts });
    return EXIT.ok;
  }
  if (hosts.length === 0) {
    print('No host is running. `bfd-host start` starts one.');
    return EXIT.ok;
  }
  const number = (heading: string) => ({ heading, isNumber: true });
  print(
    table(
      [
        'MACHINE',
        number('PID'),
        'VERSION',
        'STATE',
        'STARTED',
        'RUNS NOW',
        number('MEMORY'),
        number('DEATHS'),
        'PAGE',
      ],
      hosts.map((host) => [
        host.machine ?? '-',
        String(host.pid ?? '-'),
        host.version,
        stateOf(host),
        ago(host.startedAt),
        host.running.join(', ') || '-',
        memoryOf(host),
        String((host.status?.processes ?? []).reduce((sum, { restarts }) => sum + restarts, 0)),
        host.isAlive ? (host.status?.page ?? '-') : '-',
      ]),
    ),
  );
  for (const { machine, status } of hosts) {
    for (const { at, problem } of status?.refused ?? []) print(`\n${machine}: ${at}: ${problem}`);
  }
  // Only to who sits there: what goes into a pipe may end in a log.
  const here = hosts.find(
    ({ machine, isAlive, status }) => isAlive && status?.page && machine === hostname(),
  );
  if (here?.status?.page && process.stdout.isTTY) {
    print(`\nOpen ${linkWithToken(here.status.page, setup.config.stateFolder)}`);
  }
  return EXIT.ok;
}

function stateOf({ isAlive, stoppedAt, seenAt }: RegisteredHost): Cell {
  if (isAlive) return { text: 'alive', tone: 'good' };
  if (stoppedAt) return { text: `stopped ${ago(stoppedAt)}`, tone: 'quiet' };
  return { text: `gone; seen ${ago(seenAt)}`, tone: 'bad' };
}

/** Of the host and its job processes. */
function memoryOf({ status }: RegisteredHost): string {
  if (!status) return '-';
  const ofJobs = status.processes.reduce((sum, { rssMb = 0 }) => sum + (rssMb ?? 0), 0);
  return `${count(Math.round(status.rssMb + ofJobs))} MiB`;
}
