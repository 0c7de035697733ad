import type { HostJob } from '../catalog/host-job.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import { BfdError } from '../errors.ts';

class UnknownJobError extends BfdError {
  readonly code = 'BFD_JOB_UNKNOWN';
  constructor(name: string, known: readonly string[]) {
    super(
      `There is no job "${name}"${didYouMean(name, known) || '.'} \`bfd-host jobs\` lists them.`,
    );
  }
}

export function unknownJob(name: string, jobs: readonly HostJob[]): BfdError {
  return new UnknownJobError(
    name,
    jobs.map((job) => job.name),
  );
}
