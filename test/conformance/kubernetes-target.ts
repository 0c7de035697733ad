// Runs Job templates as Kubernetes' Job controller does, with processes for pods: backoffLimit, podFailurePolicy,
// activeDeadlineSeconds, and a grace before a pod is killed. Only its waits between retries are shorter.
// https://kubernetes.io/docs/concepts/workloads/controllers/job/

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { Project } from '../support/project.ts';
import { FOLLOWER, type Interference } from './behaviours.ts';
import { cancelByPerson, type Ended, RunProcesses, type Target, untilAtWork } from './target.ts';

/** What the rules of the Job controller look at. The whole form is for the judges of validation.test.ts. */
export interface Manifest {
  readonly kind: 'CronJob' | 'Job';
  readonly metadata: { readonly name: string };
  readonly spec: JobSpec | { readonly jobTemplate: { readonly spec: JobSpec } };
}

interface JobSpec {
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly podFailurePolicy?: { readonly rules: readonly FailureRule[] };
  readonly template: { readonly spec: PodSpec };
}

interface FailureRule {
  readonly action: string;
  readonly onExitCodes?: { readonly operator: 'In' | 'NotIn'; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string }[];
}

interface PodSpec {
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly {
    readonly args?: readonly string[];
    readonly env?: readonly Variable[];
  }[];
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly key: string; readonly optional?: boolean };
  };
}

const BACKOFF_MS = 50;

export function readManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

export class KubernetesTarget implements Target {
  readonly name = 'kubernetes';
  readonly #manifests: readonly Manifest[];
  readonly #project: Project;
  readonly #pods: RunProcesses;
  #isDisrupted = false;
  #isDeleted = false;

  constructor(project: Project, yaml: string) {
    this.#project = project;
    this.#manifests = readManifests(yaml);
    this.#pods = new RunProcesses(project);
  }

  get told() {
    return this.#pods.told;
  }

  async run(job: string, interference: Interference | undefined): Promise<Ended> {
    const first = this.#runJob(this.#template(`bfd-${job}`));
    if (interference) await this.#interfere(job, interference);
    const ended = await first;
    // Started with it, as their schedules are the same.
    if (job !== 'comes-first') return ended;
    const after = await this.#runJob(this.#template(`bfd-${FOLLOWER}-after-${job}`));
    return { verdict: after.verdict, exitCodes: [...ended.exitCodes, ...after.exitCodes] };
  }

  #template(name: string): JobSpec {
    for (const manifest of this.#manifests) {
      if (manifest.metadata.name !== name) continue;
      return 'jobTemplate' in manifest.spec ? manifest.spec.jobTemplate.spec : manifest.spec;
    }
    throw new Error(`no manifest is called ${name}`);
  }

  async #interfere(job: string, interference: Interference): Promise<void> {
    await untilAtWork(this.#project, job);
    switch (interference) {
      case 'cancelled':
        return cancelByPerson(this.#project, job);
      case 'stopped': // kubectl delete job
        this.#isDeleted = true;
        return this.#pods.signal('SIGTERM');
      case 'drained': // the pod gets the condition DisruptionTarget
        this.#isDisrupted = true;
        return this.#pods.signal('SIGTERM');
      case 'killed':
        return this.#pods.signal('SIGKILL');
    }
  }

  async #runJob(spec: JobSpec): Promise<Ended> {
    const uid = randomUUID();
    const deadline = deadlineOf(spec);
    const exitCodes: number[] = [];
    let failures = 0;
    for (;;) {
      const exitCode = await this.#runPod(spec, uid, deadline);
      exitCodes.push(exitCode);
      const isDisrupted = this.#isDisrupted;
      this.#isDisrupted = false;
      if (exitCode === 0) return { verdict: 'succeeded', exitCodes };
      if (this.#isDeleted || performance.now() > deadline) return this.#failed(exitCodes);
      switch (actionOf(spec, exitCode, isDisrupted)) {
        case 'Ignore':
          break;
        case 'FailJob':
          return this.#failed(exitCodes);
        case 'Count':
          if (++failures > (spec.backoffLimit ?? 6)) return this.#failed(exitCodes);
          await sleep(BACKOFF_MS * 2 ** (failures - 1));
      }
    }
  }

  #failed(exitCodes: readonly number[]): Ended {
    this.#isDeleted = false;
    return { verdict: 'failed', exitCodes };
  }

  async #runPod({ template }: JobSpec, uid: string, deadline: number): Promise<number> {
    const [container] = template.spec.containers;
    if (!container) throw new Error('the pod has no container');
    const env = this.#environment(container.env ?? [], uid);
    const args = (container.args ?? []).map((text) =>
      text.replace(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole),
    );
    const graceMs = (template.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    const leftMs = Math.max(0, deadline - performance.now());
    const timers = Number.isFinite(deadline)
      ? [
          setTimeout(() => this.#pods.signal('SIGTERM'), leftMs),
          setTimeout(() => this.#pods.signal('SIGKILL'), leftMs + graceMs),
        ]
      : [];
    try {
      return await this.#pods.run(args, env);
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** As the kubelet fills it in: from the pod's labels, and from the one secret. */
  #environment(variables: readonly Variable[], uid: string): Record<string, string> {
    const labels: Record<string, string> = { 'batch.kubernetes.io/controller-uid': uid };
    const env: Record<string, string> = {};
    for (const { name, value, valueFrom } of variables) {
      const label = /^metadata\.labels\['(.+)'\]$/.exec(valueFrom?.fieldRef?.fieldPath ?? '')?.[1];
      const secret = valueFrom?.secretKeyRef;
      const found = value ?? (label && labels[label]) ?? (secret && this.#project.env[secret.key]);
      if (found !== undefined) env[name] = found;
      else if (!secret?.optional) throw new Error(`CreateContainerConfigError: ${name}`);
    }
    return env;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pods.signal('SIGKILL');
  }
}

function deadlineOf({ activeDeadlineSeconds }: JobSpec): number {
  return performance.now() + (activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
}

/** The first rule that fits decides; without one, the failure counts. */
function actionOf({ podFailurePolicy }: JobSpec, exitCode: number, isDisrupted: boolean): string {
  for (const { action, onExitCodes, onPodConditions } of podFailurePolicy?.rules ?? []) {
    if (onPodConditions?.some(({ type }) => type === 'DisruptionTarget') && isDisrupted) {
      return action;
    }
    if (onExitCodes) {
      const isIn = onExitCodes.values.includes(exitCode);
      if (onExitCodes.operator === 'In' ? isIn : !isIn) return action;
    }
  }
  return 'Count';
}
