// One job as a state: an ECS task (`runTask.sync`), which tells nothing but the container's exit code, and what is tried
// again by that.

import type { HostJob } from '../catalog/host-job.ts';
import type { ExportPlan } from './export-plan.ts';
import { fargateSize } from './fargate-size.ts';
import type { Part } from './noted.ts';
import { HOST_MEMORY_MB, longestTrySeconds } from './run-command.ts';

/** Tries that the platform ended, which are not counted as those of the job. */
const LOST_TRIES = 3;

/**
 * A try and its repetition. Retry looks at names of errors, and an ECS task has but one; a branch of its own that
 * fails with the exit code as its error's name makes them many.
 */
export function tries(
  plan: ExportPlan,
  job: HostJob,
  follows: boolean,
): { [member: string]: Part } {
  const { name } = job;
  const retry = retriers(plan, job);
  return {
    Type: 'Parallel',
    Comment: retry.comment,
    Branches: [
      {
        StartAt: `Run ${name}`,
        States: {
          [`Run ${name}`]: runTask(plan, job, follows),
          [`Does ${name} have an exit code?`]: {
            Type: 'Choice',
            Choices: [
              {
                And: [
                  { Variable: '$.failure.Cause', IsPresent: true },
                  { Variable: '$.failure.Cause', StringMatches: '{*"ExitCode":*' },
                  // The platform took the machine away: the code is that of being told to stop.
                  ...PLATFORM_STOPS.map((code) => ({
                    Not: { Variable: '$.failure.Cause', StringMatches: `*"StopCode":"${code}"*` },
                  })),
                ],
                Next: `Read ${name}`,
              },
            ],
            Default: `${name} was lost`,
          },
          [`Read ${name}`]: {
            Type: 'Pass',
            Parameters: { 'task.$': 'States.StringToJson($.failure.Cause)' },
            Next: `Name the failure of ${name}`,
          },
          [`Name the failure of ${name}`]: {
            Type: 'Pass',
            Comment: 'BFD.Exit and the exit code of bfd-host run, see host/docs/orchestrators.md.',
            Parameters: {
              'error.$': "States.Format('BFD.Exit{}', $.task.Containers[0].ExitCode)",
              'cause.$': `States.Format('bfd-host run ${name} ended with exit code {}.', $.task.Containers[0].ExitCode)`,
            },
            Next: `${name} failed`,
          },
          [`${name} failed`]: { Type: 'Fail', ErrorPath: '$.error', CausePath: '$.cause' },
          [`${name} was lost`]: {
            Type: 'Fail',
            Error: 'BFD.Lost',
            Cause: 'The task did not start, took too long, or its machine went away.',
          },
        },
      },
    ],
    Retry: retry.retriers,
  };
}

const PLATFORM_STOPS = ['SpotInterruption', 'TerminationNotice', 'TaskFailedToStart'];

function retriers(plan: ExportPlan, job: HostJob): { retriers: Part[]; comment: string } {
  const { limit, delayMs, maxDelayMs } = job.retries;
  const first = Math.max(1, Math.ceil(delayMs / 1000));
  const longest = Math.ceil(maxDelayMs / 1000);
  const grows = longest > first;
  const own =
    limit === 0
      ? []
      : [
          {
            ErrorEquals: ['BFD.Exit1', 'BFD.Exit5'],
            MaxAttempts: limit,
            IntervalSeconds: grows ? first : Math.max(1, longest),
            BackoffRate: grows ? 2 : 1,
            ...(grows ? { MaxDelaySeconds: longest } : {}),
            JitterStrategy: 'FULL',
          },
        ];
  const sources = (['limit', 'delayMs', 'maxDelayMs'] as const).map(
    (member) => `${job.retries[member]} (${plan.sourceOf(job, ['retries', member])})`,
  );
  return {
    retriers: [
      ...own,
      {
        ErrorEquals: ['BFD.Exit4', 'BFD.Exit137', 'BFD.Lost'],
        MaxAttempts: LOST_TRIES,
        IntervalSeconds: 20,
        BackoffRate: 2,
      },
    ],
    comment:
      `Failed or timed out (1, 5): retries.limit ${sources[0]}, delayMs ${sources[1]}, maxDelayMs ${sources[2]}. ` +
      `Lost with its machine (4, 137): ${LOST_TRIES} times. Exit codes 2, 3, 6, 7: another try is useless.`,
  };
}

function runTask(plan: ExportPlan, job: HostJob, follows: boolean): Part {
  const { options } = plan;
  const trySeconds = longestTrySeconds(job, options.waitForMs);
  const { rssMb } = job.pluginSettings;
  const size = fargateSize(options.cpu, rssMb + HOST_MEMORY_MB);
  if (!size) {
    plan.problems.push({
      at: `plugins.${job.plugin.name}.rssMb`,
      problem: `${rssMb} MiB is more than a Fargate task can have`,
    });
  }
  const command = [
    "'run'",
    `'${job.name}'`,
    "States.Format('--run-id={}', $$.Execution.Id)",
    "'--requested-by=step-functions'",
    `'--wait-for=${Math.round(options.waitForMs / 1000)}s'`,
    ...(follows ? ["'--after-work'"] : []),
  ];
  const limits =
    trySeconds === undefined
      ? 'No timeout is set for the job, so none here.'
      : `TimeoutSeconds is a backstop behind timeout.hardMs ${job.timeout?.hardMs} (${plan.sourceOf(job, ['timeout'])}).`;
  return {
    Type: 'Task',
    Comment: `${limits} Memory: plugins.${job.plugin.name}.rssMb ${rssMb} and ${HOST_MEMORY_MB} for bfd-host.`,
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Parameters: {
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: CloudFormation puts its parameters there
      Cluster: '${Cluster}',
      TaskDefinition: '${TaskDefinition}',
      LaunchType: 'FARGATE',
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          'Subnets.$': "States.StringSplit('${Subnets}', ',')",
          'SecurityGroups.$': "States.StringSplit('${SecurityGroups}', ',')",
          AssignPublicIp: 'DISABLED',
        },
      },
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: CloudFormation puts its parameters there
      Overrides: {
        Cpu: String(size?.cpuUnits ?? 0),
        Memory: String(size?.memoryMb ?? 0),
        ContainerOverrides: [
          { Name: 'bfd-host', 'Command.$': `States.Array(${command.join(', ')})` },
        ],
      },
    },
    ...(trySeconds === undefined ? {} : { TimeoutSeconds: trySeconds }),
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        ResultPath: '$.failure',
        Next: `Does ${job.name} have an exit code?`,
      },
    ],
    End: true,
  };
}
