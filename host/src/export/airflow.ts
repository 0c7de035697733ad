// A DAG for each job that something starts, with those that follow it, in one Python file. Tasks are BashOperators.

import { followedJobs } from '../catalog/followed.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { AIRFLOW } from './cron-dialects.ts';
import type { Chain, ExportPlan } from './export-plan.ts';
import type { ExportedFile } from './exported.ts';
import { commentLines, Noted } from './noted.ts';
import { durationText, longestTrySeconds, runArguments } from './run-command.ts';

export function exportAirflow(plan: ExportPlan): ExportedFile[] {
  const dags = plan.chains().map((chain) => dag(plan, chain));
  return [{ name: 'bfd_host_dags.py', text: `${heading(plan)}\n${dags.join('\n')}` }];
}

function heading(plan: ExportPlan): string {
  const variables = plan
    .environment()
    .map(({ name, isOptional }) => name + (isOptional ? '?' : ''));
  return `"""Jobs of bfd-host for Airflow 2.4 or later, and 3.

Made by \`bfd-host export airflow\`; make it anew instead of editing it.

Workers need bfd-host, its plugins and host.config.json (BFD_HOST is how it is called), and in their environment
(? may be left out): ${variables.join(', ') || 'nothing'}.
Run \`bfd-host migrate\` once with a role that may create schemas.

Runs of one job never overlap, pools bound them and dependencies are checked, whoever starts them.
"""

import re
from datetime import timedelta

import pendulum

try:  # Airflow 3
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator

from airflow.exceptions import AirflowException, AirflowFailException

BFD_HOST = ${python(plan.options.command)}  # --command

# 2 bad configuration, 3 blocked, 6 cancelled, 7 failed for good: another try is useless.
FINAL = re.compile(r"exit code (2|3|6|7)\\b")


class BfdRun(BashOperator):
    """One run of a job. Which exit codes are tried again is told in host/docs/orchestrators.md."""

    def __init__(self, *, arguments, **kwargs):
        super().__init__(
            # "exec": a signal of Airflow reaches bfd-host itself.
            bash_command=f'exec {BFD_HOST} {arguments}',
            # The same at each try of a run; another one when somebody clears the task, which raises max_tries.
            env={"BFD_RUN_ID": "{{ dag_run.run_id }}/{{ ti.max_tries }}"},
            append_env=True,
            **kwargs,
        )

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowException as error:
            if FINAL.search(str(error)):
                raise AirflowFailException(str(error)) from error
            raise

`;
}

function dag(plan: ExportPlan, chain: Chain): string {
  const { first, starts, followers } = chain;
  const jobs = [first, ...followers.flat()];
  const lines = [
    `with DAG(`,
    `    dag_id=${python(`bfd_${snake(first.name)}`)},`,
    ...scheduleLines(plan, chain),
    `    catchup=False,  # of missed fires ${missedText(first)}`,
    `    max_active_runs=1,  # a job never overlaps itself`,
    `    max_active_tasks=${plan.config.concurrency},  # concurrency of host.config.json`,
    `    tags=["bfd-host"],`,
    `):`,
    ...jobs.flatMap((job) => task(plan, job, job !== first)),
    ...edges(first, jobs),
  ];
  const [by] = starts; // of two, the schedule: a DAG has one
  return `\n${commentLines(`${first.name}: ${START_WORDS[by ?? 'by-hand']}.`)}${lines.join('\n')}\n`;
}

const START_WORDS = {
  schedule: 'on its schedule',
  startup: 'once, when the DAG is first seen; trigger it after each deployment',
  'by-hand': 'when somebody triggers it',
} as const;

function scheduleLines(plan: ExportPlan, { first, starts }: Chain): string[] {
  const zone = first.schedule?.timezone ?? 'UTC';
  const start = `    start_date=pendulum.datetime(2026, 1, 1, tz=${python(zone)}),`;
  if (starts.includes('schedule')) {
    const cron = plan.cronOf(first, AIRFLOW);
    plan.scheduleNotes(first, 'Airflow');
    if (first.schedule?.jitterMs) {
      plan.noteMissing(first, ['schedule', 'jitterMs'], 'is left out: Airflow has no such setting');
    }
    if (starts.includes('startup')) {
      plan.noteMissing(first, ['startup'], 'is left out: trigger the DAG after each deployment');
    }
    return [
      `    schedule=${python(cron ? String(cron.value) : '')},  # ${cron instanceof Noted ? cron.note : ''}`,
      `${start}  # ${plan.sourceOf(first, ['schedule', 'timezone'])}`,
    ];
  }
  const schedule = starts.includes('startup') ? python('@once') : 'None';
  return [`    schedule=${schedule},  # it is on none`, start];
}

function missedText({ schedule }: HostJob): string {
  if (!schedule) return 'there are none';
  return schedule.missed === 'skip'
    ? 'Airflow runs the latest, although "missed" is "skip"'
    : 'only the latest runs ("missed": "latest")';
}

function task(plan: ExportPlan, job: HostJob, follows: boolean): string[] {
  const { waitForMs } = plan.options;
  const { limit, delayMs, maxDelayMs } = job.retries;
  const trySeconds = longestTrySeconds(job, waitForMs);
  const args = runArguments(job, {
    runId: '"$BFD_RUN_ID"',
    requestedBy: 'airflow',
    waitForMs,
    ...(follows ? { afterWorkMs: 0 } : {}),
  });
  const from = (member: string) => plan.sourceOf(job, ['retries', member]);
  return [
    `    ${snake(job.name)} = BfdRun(`,
    `        task_id=${python(job.name)},`,
    `        arguments=${python(args.join(' '))},`,
    `        retries=${limit},  # ${from('limit')}`,
    `        retry_delay=timedelta(milliseconds=${delayMs}),  # ${from('delayMs')}`,
    `        retry_exponential_backoff=True,`,
    `        max_retry_delay=timedelta(milliseconds=${Math.max(maxDelayMs, delayMs)}),  # ${from('maxDelayMs')}`,
    ...(trySeconds === undefined
      ? []
      : [
          `        # A backstop behind timeout.hardMs ${job.timeout?.hardMs} (${plan.sourceOf(job, ['timeout'])}) and a wait of ${durationText(waitForMs)}.`,
          `        execution_timeout=timedelta(seconds=${trySeconds}),`,
        ]),
    ...(job.priority === 0
      ? []
      : [
          `        priority_weight=${job.priority},  # ${plan.sourceOf(job, ['priority'])}`,
          `        weight_rule="absolute",`,
        ]),
    `    )`,
  ];
}

function edges(first: HostJob, jobs: readonly HostJob[]): string[] {
  const names = new Set(jobs.map(({ name }) => name));
  return jobs.flatMap((job) => {
    if (job === first) return [];
    const needed = [...followedJobs(job), ...job.dependsOn.map((dependency) => dependency.job)];
    const upstream = [...new Set(needed)].filter((name) => names.has(name));
    const list = upstream.map(snake).join(', ');
    return [`    ${upstream.length === 1 ? list : `[${list}]`} >> ${snake(job.name)}`];
  });
}

function snake(name: string): string {
  return name.replaceAll('-', '_');
}

/** A text as Python writes it: JSON's escapes are Python's, too. */
function python(text: string): string {
  return JSON.stringify(text);
}
