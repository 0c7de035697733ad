// How far jobs are kept apart on this machine, found out by starting a process as one of theirs is started.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type IsolationFacts, JobProcesses } from '../isolation/job-process.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

export async function lookAtIsolation(): Promise<Finding[]> {
  try {
    const { users, reason, runtime } = await findIsolation();
    return [
      usersFinding(users, reason),
      ...(runtime === 'bundled'
        ? []
        : [
            warning(
              'isolation',
              'runtime-unbundled',
              'job processes start from the single files of a checkout, two to five times slower',
              '`npm run build`',
            ),
          ]),
    ];
  } catch (error) {
    const text =
      error instanceof Error && 'code' in error && String(error.code).startsWith('BFD_')
        ? error.message
        : 'no job process can be started here';
    return [
      wrong(
        'isolation',
        'job-processes',
        text.replace(/\.$/, ''),
        'Look whether the file system is mounted noexec, the machine is out of processes, or `npm run build` is due.',
      ),
    ];
  }
}

/** @throws what a host would throw that cannot start a job's process here */
export async function findIsolation(): Promise<IsolationFacts> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-isolation-'));
  try {
    await using processes = new JobProcesses({ stateFolder: folder });
    return await processes.isolation();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function usersFinding(users: 'own' | 'same', reason: string | undefined): Finding {
  if (users === 'own') return ok('isolation', 'own-users', 'each job has a user id of its own');
  if (reason === undefined) {
    return ok(
      'isolation',
      'same-user',
      "jobs have the host's user id: it is an ordinary one and cannot give others",
    );
  }
  return warning(
    'isolation',
    'same-user',
    `jobs have the host's user id: ${reason}`,
    'Mend that, so that jobs can neither signal the host nor read its files (docs/isolation.md).',
  );
}
