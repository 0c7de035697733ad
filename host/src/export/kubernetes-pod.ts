// The pod of a run: what it runs, with which rights, and what it may take.

import type { HostJob } from '../catalog/host-job.ts';
import type { ExportPlan } from './export-plan.ts';
import { noted, type Part } from './noted.ts';
import { HOST_MEMORY_MB, RUN_GRACE_MS, runArguments, stopSeconds } from './run-command.ts';

const APP_FOLDER = '/app';
const USER = 10_001;

/** @param afterWorkMs - present: it follows others, and waits so long for their work */
export function podSpec(plan: ExportPlan, job: HostJob, afterWorkMs: number | undefined): Part {
  const { stopGraceMs } = plan.config;
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: noted(
      stopSeconds(stopGraceMs),
      stopGraceMs === undefined
        ? `the ${RUN_GRACE_MS / 1000} s that a run gets to stop, and 5 s to record how it ended`
        : 'stopGraceMs of host.config.json, and 5 s to record how a run ended',
    ),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(plan, job, afterWorkMs)],
    volumes: [
      { name: 'config', configMap: { name: 'bfd-host' } },
      { name: 'state', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

function container(plan: ExportPlan, job: HostJob, afterWorkMs: number | undefined): Part {
  const { image, waitForMs, cpu } = plan.options;
  const { memoryMb, rssMb } = job.pluginSettings;
  const plugin = `plugins.${job.plugin.name}`;
  return {
    name: 'bfd-host',
    image: noted(image, '--image'),
    args: runArguments(job, {
      runId: '$(BFD_RUN_ID)',
      requestedBy: 'kubernetes',
      waitForMs,
      ...(afterWorkMs === undefined ? {} : { afterWorkMs }),
    }),
    env: [
      noted(
        {
          name: 'BFD_RUN_ID',
          valueFrom: {
            fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" },
          },
        },
        'uid of the Job: all its pods are tries of one run',
      ),
      ...plan.environment().map(({ name, isOptional, note }) =>
        noted(
          {
            name,
            valueFrom: {
              secretKeyRef: {
                name: 'bfd-host',
                key: name,
                ...(isOptional ? { optional: true } : {}),
              },
            },
          },
          note,
        ),
      ),
    ],
    resources: {
      requests: {
        cpu: noted(`${Math.round(cpu * 1000)}m`, '--cpu'),
        memory: noted(
          `${memoryMb + HOST_MEMORY_MB}Mi`,
          `${plugin}.memoryMb ${memoryMb}, and ${HOST_MEMORY_MB} for bfd-host`,
        ),
      },
      limits: {
        memory: noted(
          `${rssMb + HOST_MEMORY_MB}Mi`,
          `${plugin}.rssMb ${rssMb}, and ${HOST_MEMORY_MB} for bfd-host, which ends the job before Kubernetes would`,
        ),
      },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      {
        name: 'config',
        mountPath: `${APP_FOLDER}/host.config.json`,
        subPath: 'host.config.json',
        readOnly: true,
      },
      { name: 'state', mountPath: `${APP_FOLDER}/.bfd` },
      { name: 'tmp', mountPath: '/tmp' },
    ],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}
