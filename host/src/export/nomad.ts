// A batch job per job: periodic for a schedule, and for one that follows others on their schedule, waiting for their
// work. In Nomad's JSON, since HCL is read by nothing but Nomad.
//
// Nomad restarts a task whatever its exit code was. A run that failed for good answers a restart with the same exit
// code and does nothing (`--run-id` with the allocation's id), so the restarts that are left cost a second each.

import type { HostJob } from '../catalog/host-job.ts';
import { NOMAD } from './cron-dialects.ts';
import type { ExportPlan, Start } from './export-plan.ts';
import type { ExportedFile } from './exported.ts';
import { type Noted, noted, type Part, toJson } from './noted.ts';
import { notesTable } from './notes-table.ts';
import { HOST_MEMORY_MB, longestTrySeconds, runArguments, stopSeconds } from './run-command.ts';

const SECOND_NS = 1_000_000_000;
/** Window in which restarts are counted where no timeout bounds a try. */
const ANY_TIME_SECONDS = 7 * 86_400;
const MHZ_PER_CORE = 2000;

export function exportNomad(plan: ExportPlan): ExportedFile[] {
  const jobs = plan.jobs.flatMap((job) => [...ownJobs(plan, job), ...followingJobs(plan, job)]);
  return [
    ...jobs.map(({ id, job }) => ({ name: `${id}.nomad.json`, text: toJson(job) })),
    { name: 'README.md', text: readme(plan, jobs) },
  ];
}

interface NomadJob {
  readonly id: string;
  readonly job: Part;
}

function ownJobs(plan: ExportPlan, job: HostJob): NomadJob[] {
  return plan.startsOf(job).flatMap((start) => ownJob(plan, job, start) ?? []);
}

function ownJob(plan: ExportPlan, job: HostJob, start: Start): NomadJob | undefined {
  switch (start) {
    case 'schedule': {
      const cron = plan.cronOf(job, NOMAD);
      noteLosses(plan, job);
      return cron && nomadJob(plan, job, idOf(job), periodic(plan, job, cron));
    }
    case 'startup':
      return nomadJob(plan, job, idOf(job, '-at-start'), {});
    case 'by-hand':
      return nomadJob(plan, job, idOf(job), WHEN_DISPATCHED);
  }
}

/** nomad job dispatch */
const WHEN_DISPATCHED = { ParameterizedJob: { Payload: 'forbidden' } };

function noteLosses(plan: ExportPlan, job: HostJob): void {
  plan.scheduleNotes(job, 'Nomad');
  if (job.schedule?.jitterMs) {
    plan.noteMissing(job, ['schedule', 'jitterMs'], 'is left out: Nomad has no such setting');
  }
  if (job.schedule?.missed === 'latest') {
    const problem = 'is "skip" on Nomad: fires while no server leads are not made up for';
    plan.noteMissing(job, ['schedule', 'missed'], problem);
  }
}

/** It starts with others, too, and looks whether there is work to follow. */
function followingJobs(plan: ExportPlan, job: HostJob): NomadJob[] {
  return plan.followingsOf(job).flatMap(({ root, start, waitMs }): NomadJob[] => {
    const id = idOf(job, `-after-${root.name}`);
    if (start === 'startup') return [nomadJob(plan, job, id, {}, waitMs)];
    if (start === 'by-hand') return [nomadJob(plan, job, id, WHEN_DISPATCHED, waitMs)];
    const cron = plan.cronOf(root, NOMAD);
    return cron ? [nomadJob(plan, job, id, periodic(plan, root, cron), waitMs)] : [];
  });
}

function idOf({ name }: HostJob, suffix = ''): string {
  return `bfd-${name}${suffix}`;
}

function periodic(plan: ExportPlan, job: HostJob, cron: Noted): { [member: string]: Part } {
  return {
    Periodic: {
      Enabled: true,
      SpecType: 'cron',
      Spec: cron,
      TimeZone: noted(
        job.schedule?.timezone ?? 'UTC',
        plan.sourceOf(job, ['schedule', 'timezone']),
      ),
      ProhibitOverlap: true,
    },
  };
}

function nomadJob(
  plan: ExportPlan,
  job: HostJob,
  id: string,
  kind: { readonly [member: string]: Part },
  afterWorkMs?: number,
): NomadJob {
  const spec: Part = {
    ID: id,
    Name: id,
    Type: 'batch',
    Datacenters: ['*'],
    Priority: 50,
    ...kind,
    TaskGroups: [
      {
        Name: 'run',
        Count: 1,
        RestartPolicy: restartPolicy(plan, job, afterWorkMs),
        // Another node gets it when this one is lost; not when the run failed.
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        EphemeralDisk: { SizeMB: 300 },
        Tasks: [task(plan, job, id, afterWorkMs)],
      },
    ],
  };
  return { id, job: { Job: spec } };
}

function restartPolicy(plan: ExportPlan, job: HostJob, afterWorkMs = 0): Part {
  const { limit, delayMs } = job.retries;
  const delaySeconds = Math.max(1, Math.ceil(delayMs / 1000));
  const trySeconds = longestTrySeconds(job, plan.options.waitForMs, afterWorkMs);
  const interval = (trySeconds ?? ANY_TIME_SECONDS) * (limit + 1) + delaySeconds * (limit + 1);
  return {
    Mode: 'fail',
    Attempts: noted(limit, plan.sourceOf(job, ['retries', 'limit'])),
    Delay: noted(
      delaySeconds * SECOND_NS,
      `${plan.sourceOf(job, ['retries', 'delayMs'])}; Nomad adds a quarter at random and does not double it`,
    ),
    Interval: noted(interval * SECOND_NS, 'all tries: within it, attempts are counted'),
  };
}

function task(plan: ExportPlan, job: HostJob, id: string, afterWorkMs: number | undefined): Part {
  const { image, waitForMs, cpu } = plan.options;
  const { memoryMb, rssMb } = job.pluginSettings;
  const plugin = `plugins.${job.plugin.name}`;
  return {
    Name: 'bfd-host',
    Driver: 'docker',
    User: '10001:10001',
    Config: {
      image: noted(image, '--image'),
      args: runArguments(job, {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Nomad puts it in
        runId: '${NOMAD_ALLOC_ID}',
        requestedBy: 'nomad',
        waitForMs,
        ...(afterWorkMs === undefined ? {} : { afterWorkMs }),
      }),
      readonly_rootfs: true,
      cap_drop: ['all'],
      security_opt: ['no-new-privileges'],
      mount: [
        // The mode 1777: the user is not root, and owns nothing here.
        ...['/app/.bfd', '/tmp'].map((target) => ({
          type: 'tmpfs',
          target,
          tmpfs_options: { size: 268_435_456, mode: 1023 },
        })),
        {
          type: 'bind',
          source: 'local/host.config.json',
          target: '/app/host.config.json',
          readonly: true,
        },
      ],
    },
    Templates: [
      {
        EmbeddedTmpl: '{{ with nomadVar "nomad/jobs/bfd-host" }}{{ .config }}{{ end }}',
        DestPath: 'local/host.config.json',
        Perms: '0444',
        ChangeMode: 'noop',
      },
      {
        EmbeddedTmpl: secretsTemplate(plan),
        DestPath: 'secrets/bfd-host.env',
        Envvars: true,
        ChangeMode: 'noop',
      },
    ],
    Resources: {
      CPU: noted(Math.round(cpu * MHZ_PER_CORE), `--cpu ${cpu}, at ${MHZ_PER_CORE} MHz a core`),
      MemoryMB: noted(
        memoryMb + HOST_MEMORY_MB,
        `${plugin}.memoryMb ${memoryMb}, and ${HOST_MEMORY_MB} for bfd-host`,
      ),
      MemoryMaxMB: noted(
        rssMb + HOST_MEMORY_MB,
        `${plugin}.rssMb ${rssMb}, and ${HOST_MEMORY_MB} for bfd-host; counts where memory oversubscription is on`,
      ),
    },
    KillSignal: 'SIGTERM',
    KillTimeout: noted(
      stopSeconds(plan.config.stopGraceMs) * SECOND_NS,
      'stopGraceMs, and 5 s to record how a run ended',
    ),
    LogConfig: { MaxFiles: 3, MaxFileSizeMB: 10 },
    Meta: { bfd_job: job.name, exported_as: id },
  };
}

/** Lines of an environment file, out of a Nomad variable: no value stands in the job. */
function secretsTemplate(plan: ExportPlan): string {
  const lines = plan.environment().map(({ name, isOptional }) => {
    const line = `${name}={{ .${name} | toJSON }}`;
    return isOptional ? `{{ if .${name} }}${line}{{ end }}` : line;
  });
  return `{{ with nomadVar "nomad/jobs/bfd-host" }}\n${lines.join('\n')}\n{{ end }}\n`;
}

function readme(plan: ExportPlan, jobs: readonly NomadJob[]): string {
  const variables = plan.environment();
  const keys = variables.flatMap(({ name, isOptional }) => (isOptional ? [] : [` ${name}=…`]));
  const optional = variables.flatMap(({ name, isOptional }) => (isOptional ? [name] : []));
  return `# bfd-host on Nomad

Made by \`bfd-host export nomad\`; make it anew instead of editing it. For Nomad 1.8 or later with the docker driver.

1. Build the image (tools/deploy), and push it.
2. \`nomad var put nomad/jobs/bfd-host config=@host.config.json${keys.join('')}\`, and let each job below read it: a
   policy for its workload identity, since the path is not its own.${optional.length > 0 ? ` If needed, also put there: ${optional.join(', ')}.` : ''}
3. Run \`bfd-host migrate\` once with a role that may create schemas.
4. \`nomad job run -json FILE\` for each file here. What has no schedule runs at once, each time it is registered anew, or
   when dispatched.

Nomad restarts a task whatever its exit code was. A run that failed for good or was cancelled is not run again: its
restarts end within seconds, with exit code 7 or 6. One that was blocked (3) is tried again.

${notesTable(jobs.map(({ id, job }) => ({ name: `${id}.nomad.json`, content: job })))}`;
}
