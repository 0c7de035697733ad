// A state machine for each job that something starts, with those that follow it, and a CloudFormation template that
// deploys them with their EventBridge schedules. Tasks are ECS tasks (`runTask.sync`), which tell nothing but the
// container's exit code, so that decides what is tried again.

import type { HostJob } from '../catalog/host-job.ts';
import type { Chain, ExportPlan } from './export-plan.ts';
import type { ExportedFile } from './exported.ts';
import { type Part, toJson } from './noted.ts';
import { cloudFormation } from './step-functions-template.ts';
import { tries } from './step-functions-tries.ts';

export function exportStepFunctions(plan: ExportPlan): ExportedFile[] {
  const machines = plan.chains().map((chain) => ({ chain, definition: stateMachine(plan, chain) }));
  const template = cloudFormation(plan, machines);
  return [
    { name: 'template.yaml', text: template },
    ...machines.map(({ chain, definition }) => ({
      name: `${machineName(chain.first)}.asl.json`,
      text: toJson(definition),
    })),
    { name: 'README.md', text: readme(plan, machines) },
  ];
}

export interface Machine {
  readonly chain: Chain;
  readonly definition: Part;
}

/** At most 80 characters. */
export function machineName({ name }: Pick<HostJob, 'name'>): string {
  return `bfd-${name}`;
}

type States = Record<string, Part>;

function stateMachine(plan: ExportPlan, chain: Chain): Part {
  const { first } = chain;
  const groups = groupsOf(plan, chain);
  const states: States = {
    'Look for others': {
      Type: 'Task',
      Comment: 'A fire during a run starts no second one.',
      Resource: 'arn:aws:states:::aws-sdk:sfn:listExecutions',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        StatusFilter: 'RUNNING',
        MaxResults: 2,
      },
      ResultPath: '$.others',
      Next: 'Is it running already?',
    },
    'Is it running already?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.others.Executions[1]', IsPresent: true, Next: 'It is' }],
      Default: `Try ${first.name}`,
    },
    'It is': { Type: 'Succeed' },
    [`Try ${first.name}`]: {
      ...tries(plan, first, false),
      ResultPath: '$.first',
      ...(groups.length === 0 ? { End: true } : { Next: groupName(0) }),
    },
  };
  for (const [index, group] of groups.entries()) {
    states[groupName(index)] = {
      Type: 'Parallel',
      Comment: `Follow those above, up to ${plan.config.concurrency} at a time (concurrency).`,
      Branches: group.map((job) => followerBranch(plan, job, groups)),
      ResultPath: `$.group${index + 1}`,
      Next: index + 1 < groups.length ? groupName(index + 1) : 'Did all succeed?',
    };
  }
  if (groups.length > 0) Object.assign(states, verdict(groups));
  return {
    Comment: comment(plan, chain),
    StartAt: 'Look for others',
    States: states,
  };
}

function comment(plan: ExportPlan, { first, followers }: Chain): string {
  const then = followers.flat().map(({ name }) => name);
  const after = then.length > 0 ? `, then ${then.join(', ')}` : '';
  const waits = `Runs wait ${plan.options.waitForMs / 1000} s at most for their gates.`;
  return `${first.name}${after}. Made by bfd-host export step-functions. ${waits}`;
}

/** What may run at the same time: levels of the graph, cut to as many as `concurrency` allows. */
function groupsOf({ config }: ExportPlan, { followers }: Chain): HostJob[][] {
  return followers.flatMap((level) => {
    const groups: HostJob[][] = [];
    for (let at = 0; at < level.length; at += config.concurrency) {
      groups.push(level.slice(at, at + config.concurrency));
    }
    return groups;
  });
}

const groupName = (index: number): string => `Group ${index + 1}`;

/** A follower never fails its group: the others of it go on, and those that depend on it are left out. */
function followerBranch(plan: ExportPlan, job: HostJob, groups: readonly HostJob[][]): Part {
  const needed = job.dependsOn.flatMap(({ job: name }) => placeOf(name, groups) ?? []);
  const attempt = `Try ${job.name}`;
  const guard: States =
    needed.length === 0
      ? {}
      : {
          [`May ${job.name} run?`]: {
            Type: 'Choice',
            Comment: 'Not when what it depends on did not succeed.',
            Choices: needed.map((place) => ({
              Variable: `${place}.failed`,
              BooleanEquals: true,
              Next: `${job.name} did not succeed`,
            })),
            Default: attempt,
          },
        };
  return {
    StartAt: needed.length === 0 ? attempt : `May ${job.name} run?`,
    States: {
      ...guard,
      [attempt]: {
        ...tries(plan, job, true),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: `${job.name} did not succeed` }],
        Next: `${job.name} succeeded`,
      },
      [`${job.name} succeeded`]: {
        Type: 'Pass',
        Result: { job: job.name, failed: false },
        End: true,
      },
      [`${job.name} did not succeed`]: {
        Type: 'Pass',
        Result: { job: job.name, failed: true },
        End: true,
      },
    },
  };
}

function placeOf(name: string, groups: readonly HostJob[][]): string | undefined {
  for (const [index, group] of groups.entries()) {
    const branch = group.findIndex((job) => job.name === name);
    if (branch !== -1) return `$.group${index + 1}[${branch}]`;
  }
  return undefined;
}

function verdict(groups: readonly HostJob[][]): States {
  return {
    'Did all succeed?': {
      Type: 'Choice',
      Choices: groups.flatMap((group, index) =>
        group.map((_, branch) => ({
          Variable: `$.group${index + 1}[${branch}].failed`,
          BooleanEquals: true,
          Next: 'One did not',
        })),
      ),
      Default: 'All did',
    },
    'All did': { Type: 'Succeed' },
    'One did not': {
      Type: 'Fail',
      Error: 'BFD.FollowerFailed',
      Cause: 'A job that follows did not succeed; its step says which exit code it had.',
    },
  };
}

function readme(plan: ExportPlan, machines: readonly Machine[]): string {
  const startup = machines.filter(({ chain }) => chain.starts.includes('startup'));
  const starts = startup.map(
    ({ chain }) =>
      `aws stepfunctions start-execution --state-machine-arn "arn:aws:states:REGION:ACCOUNT:stateMachine:${machineName(chain.first)}"`,
  );
  const variables = plan.environment();
  return `# bfd-host on Step Functions

Made by \`bfd-host export step-functions\`; make it anew instead of editing it.

1. Build the image (tools/deploy) with your host.config.json in it, and push it.
2. Put the secrets into one secret of Secrets Manager, as JSON with these keys: ${variables.map(({ name, isOptional }) => `\`${name}\`${isOptional ? ' (if needed)' : ''}`).join(', ')}.
3. \`aws cloudformation deploy --template-file template.yaml --stack-name bfd-host --capabilities CAPABILITY_IAM --parameter-overrides Image=… Cluster=… Subnets=… SecurityGroups=… SecretArn=… TaskRoleArn=…\`
   (a template of more than 51,200 bytes also needs \`--s3-bucket\`).
4. Run \`bfd-host migrate\` once with a role that may create schemas.
${starts.length > 0 ? `5. After each deployment, start what runs at start:\n\n\`\`\`sh\n${starts.join('\n')}\n\`\`\`\n` : ''}
The \`.asl.json\` files are the same state machines for whoever deploys otherwise; \`\${Cluster}\`, \`\${TaskDefinition}\`,
\`\${Subnets}\` and \`\${SecurityGroups}\` (comma-separated) have to be put in.

A step fails with \`BFD.Exit\` and the exit code of \`bfd-host run\`. Start an execution anew instead of redriving one: a
redriven one is the same run, and a run that failed for good is not run again.
`;
}
