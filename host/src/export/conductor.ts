// A workflow for each job that something starts, with those that follow it; a task definition per job, which holds its
// retries; schedules; and the worker, which runs the command line and tells by its exit code what is tried again.

import type { HostJob } from '../catalog/host-job.ts';
import { CONDUCTOR } from './cron-dialects.ts';
import type { Chain, ExportPlan } from './export-plan.ts';
import type { ExportedFile } from './exported.ts';
import { noted, type Part, toJson } from './noted.ts';
import { type NotedFile, notesTable } from './notes-table.ts';
import { durationText, longestTrySeconds } from './run-command.ts';

/** The worker says every so often that it lives; a task whose worker does not is tried again. */
const RESPONSE_SECONDS = 120;

export function exportConductor(plan: ExportPlan): ExportedFile[] {
  const chains = plan.chains();
  const workflows = chains.map((chain) => workflow(plan, chain));
  const tasks = plan.jobs.map((job) => taskDefinition(plan, job));
  const schedules = chains.flatMap(({ first }) => schedule(plan, first));
  return [
    { name: 'workflows.json', text: toJson(workflows) },
    { name: 'tasks.json', text: toJson(tasks) },
    { name: 'schedules.json', text: toJson(schedules) },
    { name: 'worker.ts', text: worker(plan) },
    { name: 'README.md', text: readme(chains, tasks, schedules) },
  ];
}

const snake = (name: string): string => name.replaceAll('-', '_');
const workflowName = ({ name }: HostJob): string => `bfd_${snake(name)}`;
const taskName = ({ name }: HostJob): string => `bfd_run_${snake(name)}`;

function workflow(plan: ExportPlan, { first, followers }: Chain): Part {
  const then = followers.flat().map(({ name }) => name);
  return {
    name: workflowName(first),
    description: `${first.name}${then.length > 0 ? `, then ${then.join(', ')}` : ''}. Made by bfd-host export conductor.`,
    version: 1,
    schemaVersion: 2,
    ownerEmail: 'bfd-host@example.org',
    tasks: [simple(first, false), ...followers.flatMap((level) => levelTasks(plan, level))],
    restartable: true,
    timeoutPolicy: 'ALERT_ONLY',
    timeoutSeconds: 0,
  };
}

function simple(job: HostJob, follows: boolean): Part {
  return {
    name: taskName(job),
    taskReferenceName: snake(job.name),
    type: 'SIMPLE',
    inputParameters: { follows },
  };
}

/** As many at a time as `concurrency` allows. */
function levelTasks({ config }: ExportPlan, level: readonly HostJob[]): Part[] {
  const tasks: Part[] = [];
  for (let at = 0; at < level.length; at += config.concurrency) {
    const group = level.slice(at, at + config.concurrency);
    const [only] = group;
    if (only && group.length === 1) {
      tasks.push(simple(only, true));
      continue;
    }
    const name = `with_${group.map((job) => snake(job.name)).join('_')}`.slice(0, 200);
    tasks.push(
      {
        name: 'fork',
        taskReferenceName: `fork_${name}`,
        type: 'FORK_JOIN',
        forkTasks: group.map((job) => [simple(job, true)]),
      },
      {
        name: 'join',
        taskReferenceName: `join_${name}`,
        type: 'JOIN',
        joinOn: group.map((job) => snake(job.name)),
      },
    );
  }
  return tasks;
}

function taskDefinition(plan: ExportPlan, job: HostJob): Part {
  const { limit, delayMs } = job.retries;
  const trySeconds = longestTrySeconds(job, plan.options.waitForMs);
  return {
    name: taskName(job),
    description: job.description ?? `bfd-host run ${job.name}`,
    ownerEmail: 'bfd-host@example.org',
    retryCount: noted(limit, plan.sourceOf(job, ['retries', 'limit'])),
    retryLogic: 'EXPONENTIAL_BACKOFF',
    retryDelaySeconds: noted(
      Math.max(1, Math.ceil(delayMs / 1000)),
      `${plan.sourceOf(job, ['retries', 'delayMs'])}; Conductor knows no longest wait (retries.maxDelayMs)`,
    ),
    responseTimeoutSeconds: RESPONSE_SECONDS,
    timeoutSeconds:
      trySeconds === undefined
        ? noted(0, 'the job has no timeout')
        : noted(
            Math.max(trySeconds, RESPONSE_SECONDS + 1),
            `a backstop behind timeout.hardMs, ${plan.sourceOf(job, ['timeout'])}`,
          ),
    totalTimeoutSeconds: 0,
    timeoutPolicy: 'RETRY',
    concurrentExecLimit: noted(1, 'a job never overlaps itself'),
  };
}

function schedule(plan: ExportPlan, job: HostJob): Part[] {
  const cron = plan.cronOf(job, CONDUCTOR);
  if (!job.schedule || !cron) return [];
  plan.scheduleNotes(job, 'Conductor');
  if (job.schedule.jitterMs) {
    plan.noteMissing(job, ['schedule', 'jitterMs'], 'is left out: Conductor has no such setting');
  }
  if (job.schedule.missed === 'latest') {
    plan.noteMissing(
      job,
      ['schedule', 'missed'],
      'is "skip" on Conductor: it makes up for all missed fires or for none',
    );
  }
  return [
    {
      name: workflowName(job),
      cronExpression: cron,
      zoneId: noted(job.schedule.timezone, plan.sourceOf(job, ['schedule', 'timezone'])),
      runCatchupScheduleInstances: false,
      paused: false,
      startWorkflowRequest: { name: workflowName(job), version: 1, input: {} },
    },
  ];
}

function worker({ jobs, options }: ExportPlan): string {
  const names = jobs.map(
    (job) => `  ${JSON.stringify(taskName(job))}: ${JSON.stringify(job.name)},`,
  );
  return `// Runs the tasks of the workflows beside it. Made by \`bfd-host export conductor\`; make it anew instead of editing it.
//
//   npm install @io-orkes/conductor-javascript@4
//   CONDUCTOR_SERVER_URL=https://…/api node worker.ts      (Node 22.18 or later, where bfd-host and its configuration are)

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import {
  type ConductorWorker,
  OrkesClients,
  type Task,
  TaskHandler,
  type TaskResult,
} from '@io-orkes/conductor-javascript';

/** How the command line is called. */
const BFD_HOST: readonly [string, ...string[]] = [${options.command
    .split(' ')
    .map((word) => JSON.stringify(word))
    .join(', ')}]; // --command

/** Tasks and the jobs they run. */
const JOBS: Readonly<Record<string, string>> = {
${names.join('\n')}
};

/** 2 bad configuration, 3 blocked, 6 cancelled, 7 failed for good: another try is useless. */
const FINAL = [2, 3, 6, 7];

export const workers: readonly ConductorWorker[] = Object.entries(JOBS).map(([taskDefName, job]) => ({
  taskDefName,
  execute: (task) => run(job, task),
  concurrency: 1,
  // Tells the server that the task lives, however long the run takes.
  leaseExtendEnabled: true,
}));

/** One try: its exit code is all that Conductor has to know. */
export async function run(
  job: string,
  { workflowInstanceId, inputData }: Pick<Task, 'workflowInstanceId' | 'inputData'>,
): Promise<Omit<TaskResult, 'workflowInstanceId' | 'taskId'>> {
  const exitCode = await exitCodeOf([
    'run',
    job,
    // The same at each try of a workflow, so that tries count as those of one run.
    \`--run-id=\${workflowInstanceId}\`,
    '--requested-by=conductor',
    '--wait-for=${durationText(options.waitForMs)}', // --wait-for
    ...(inputData?.['follows'] === true ? ['--after-work'] : []),
  ]);
  const outputData = { exitCode };
  if (exitCode === 0) return { status: 'COMPLETED', outputData };
  const status = FINAL.includes(exitCode) ? 'FAILED_WITH_TERMINAL_ERROR' : 'FAILED';
  return { status, outputData, reasonForIncompletion: \`bfd-host run \${job} ended with exit code \${exitCode}.\` };
}

function exitCodeOf(args: readonly string[]): Promise<number> {
  const [command, ...first] = BFD_HOST;
  const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

if (import.meta.main) {
  const clients = await OrkesClients.from();
  const handler = new TaskHandler({ client: clients.getClient(), workers: [...workers] });
  await handler.startWorkers();
  // No new tasks, and an end when those under way are done: a run that is told to stop counts as cancelled.
  process.once('SIGTERM', () => void handler.stopWorkers());
}
`;
}

function readme(
  chains: readonly Chain[],
  tasks: readonly Part[],
  schedules: readonly Part[],
): string {
  const startup = chains.filter(({ starts }) => starts.includes('startup'));
  const starts = startup.map(
    ({ first }) => `curl -X POST "$CONDUCTOR_SERVER_URL/workflow/${workflowName(first)}"`,
  );
  return `# bfd-host on Conductor

Made by \`bfd-host export conductor\`; make it anew instead of editing it. Set \`ownerEmail\` to yours.

\`\`\`sh
curl -X POST "$CONDUCTOR_SERVER_URL/metadata/taskdefs" -H 'content-type: application/json' -d @tasks.json
curl -X PUT "$CONDUCTOR_SERVER_URL/metadata/workflow" -H 'content-type: application/json' -d @workflows.json
node -p 'JSON.parse(fs.readFileSync("schedules.json")).map((each) => JSON.stringify(each)).join("\\n")' |
  while read -r schedule; do
    curl -X POST "$CONDUCTOR_SERVER_URL/scheduler/schedules" -H 'content-type: application/json' -d "$schedule"
  done
\`\`\`

Then run \`bfd-host migrate\` once with a role that may create schemas, and start \`worker.ts\` where bfd-host, its plugins
and host.config.json are, with the environment that the configuration asks for. Each worker runs each job once at a time;
its memory has to hold as many jobs as may run together.
${starts.length > 0 ? `\nAfter each deployment, start what runs at start:\n\n\`\`\`sh\n${starts.join('\n')}\n\`\`\`\n` : ''}
A follower that fails ends its workflow; what was not run then follows at the next start. Start a workflow anew instead of
retrying one: a retried one is the same run, and a run that failed for good is not run again.

${notesTable([...named('tasks.json', tasks), ...named('schedules.json', schedules)])}`;
}

function named(file: string, entries: readonly Part[]): NotedFile[] {
  return entries.map((content, index) => ({ name: `${file}[${index}]`, content }));
}
