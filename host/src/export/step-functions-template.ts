// The CloudFormation template around the state machines: task definition, roles, schedules.

import type { HostJob } from '../catalog/host-job.ts';
import { EVENTBRIDGE } from './cron-dialects.ts';
import type { ExportPlan } from './export-plan.ts';
import { fargateSize } from './fargate-size.ts';
import { noted, type Part, toYaml } from './noted.ts';
import { HOST_MEMORY_MB, stopSeconds } from './run-command.ts';
import { type Machine, machineName } from './step-functions.ts';

type Resources = Record<string, Part>;

export function cloudFormation(plan: ExportPlan, machines: readonly Machine[]): string {
  const resources: Resources = {
    ...common(plan, machines),
    ...Object.fromEntries(machines.map((machine) => stateMachineResource(machine))),
    ...Object.fromEntries(machines.flatMap(({ chain }) => schedule(plan, chain.first))),
  };
  const template: Part = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Jobs of bfd-host on Step Functions, ECS and EventBridge Scheduler.',
    Parameters: {
      Image: noted(parameter('Image with bfd-host, plugins and host.config.json.'), '--image'),
      Cluster: parameter('ECS cluster, by name or ARN.'),
      Subnets: {
        ...parameter('Subnets from which database and S3 can be reached.'),
        Type: 'List<AWS::EC2::Subnet::Id>',
      },
      SecurityGroups: {
        ...parameter('Security groups of the tasks.'),
        Type: 'List<AWS::EC2::SecurityGroup::Id>',
      },
      SecretArn: parameter('Secret of Secrets Manager, JSON with a key for each variable.'),
      TaskRoleArn: parameter('Role of the tasks: what they may do in S3.'),
    },
    Resources: resources,
  };
  return toYaml(
    [template],
    'Made by `bfd-host export step-functions`; make it anew instead of editing it. README.md beside it says how to deploy.',
  );
}

function parameter(description: string): { readonly [member: string]: Part } {
  return { Type: 'String', Description: description };
}

function common(plan: ExportPlan, machines: readonly Machine[]): Resources {
  const names = machines.map(({ chain }) => machineName(chain.first));
  const machineArns = names.map((name) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:${name}`,
  }));
  return {
    LogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 90 } },
    TaskExecutionRole: role('ecs-tasks.amazonaws.com', [
      allow(['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], '*'),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': ['LogGroup', 'Arn'] }),
      allow(['secretsmanager:GetSecretValue'], { Ref: 'SecretArn' }),
    ]),
    TaskDefinition: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: taskDefinition(plan),
    },
    StateMachineRole: role('states.amazonaws.com', [
      allow(['ecs:RunTask'], { Ref: 'TaskDefinition' }),
      allow(['ecs:StopTask', 'ecs:DescribeTasks'], '*'),
      allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], {
        'Fn::Sub':
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
          'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForECSTaskRule',
      }),
      allow(
        ['iam:PassRole'],
        [{ 'Fn::GetAtt': ['TaskExecutionRole', 'Arn'] }, { Ref: 'TaskRoleArn' }],
      ),
      allow(['states:ListExecutions'], machineArns),
    ]),
    ScheduleRole: role('scheduler.amazonaws.com', [allow(['states:StartExecution'], machineArns)]),
  };
}

function taskDefinition(plan: ExportPlan): Part {
  const { stopGraceMs } = plan.config;
  const size = fargateSize(plan.options.cpu, 1024 + HOST_MEMORY_MB);
  // ECS has no optional ones: what the role of the task says is left out.
  const secrets = plan.environment().filter(({ isOptional }) => !isOptional);
  return {
    Family: 'bfd-host',
    RequiresCompatibilities: ['FARGATE'],
    NetworkMode: 'awsvpc',
    Cpu: noted(String(size?.cpuUnits), 'each run says its own'),
    Memory: noted(String(size?.memoryMb), 'each run says its own'),
    ExecutionRoleArn: { 'Fn::GetAtt': ['TaskExecutionRole', 'Arn'] },
    TaskRoleArn: { Ref: 'TaskRoleArn' },
    Volumes: [{ Name: 'state' }, { Name: 'tmp' }],
    ContainerDefinitions: [
      {
        Name: 'bfd-host',
        Image: { Ref: 'Image' },
        Essential: true,
        ReadonlyRootFilesystem: true,
        User: '10001:10001',
        StopTimeout: noted(
          Math.min(120, stopSeconds(stopGraceMs)),
          'stopGraceMs and 5 s to record how a run ended; Fargate allows 120 s',
        ),
        MountPoints: [
          { SourceVolume: 'state', ContainerPath: '/app/.bfd' },
          { SourceVolume: 'tmp', ContainerPath: '/tmp' },
        ],
        Secrets: secrets.map(({ name, note }) =>
          noted({ Name: name, ValueFrom: { 'Fn::Sub': `\${SecretArn}:${name}::` } }, note),
        ),
        LogConfiguration: {
          LogDriver: 'awslogs',
          Options: {
            'awslogs-group': { Ref: 'LogGroup' },
            'awslogs-region': { Ref: 'AWS::Region' },
            'awslogs-stream-prefix': 'run',
          },
        },
      },
    ],
  };
}

function stateMachineResource({ chain, definition }: Machine): [string, Part] {
  return [
    logicalId(chain.first, 'StateMachine'),
    {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: machineName(chain.first),
        RoleArn: { 'Fn::GetAtt': ['StateMachineRole', 'Arn'] },
        DefinitionSubstitutions: {
          Cluster: { Ref: 'Cluster' },
          TaskDefinition: { Ref: 'TaskDefinition' },
          Subnets: { 'Fn::Join': [',', { Ref: 'Subnets' }] },
          SecurityGroups: { 'Fn::Join': [',', { Ref: 'SecurityGroups' }] },
        },
        Definition: definition,
      },
    },
  ];
}

function schedule(plan: ExportPlan, job: HostJob): [string, Part][] {
  const cron = plan.cronOf(job, EVENTBRIDGE);
  if (!job.schedule || !cron) return [];
  plan.scheduleNotes(job, 'EventBridge Scheduler');
  const { timezone, jitterMs, missed } = job.schedule;
  const windowMinutes = Math.min(1440, Math.ceil(jitterMs / 60_000));
  return [
    [
      logicalId(job, 'Schedule'),
      {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          Name: machineName(job),
          ScheduleExpression: cron,
          ScheduleExpressionTimezone: noted(timezone, plan.sourceOf(job, ['schedule', 'timezone'])),
          FlexibleTimeWindow:
            windowMinutes === 0
              ? { Mode: 'OFF' }
              : {
                  Mode: 'FLEXIBLE',
                  MaximumWindowInMinutes: noted(
                    windowMinutes,
                    plan.sourceOf(job, ['schedule', 'jitterMs']),
                  ),
                },
          Target: {
            Arn: { Ref: logicalId(job, 'StateMachine') },
            RoleArn: { 'Fn::GetAtt': ['ScheduleRole', 'Arn'] },
            Input: '{}',
            RetryPolicy: {
              MaximumEventAgeInSeconds: noted(
                missed === 'skip' ? 60 : 86_400,
                `"${missed}": ${plan.sourceOf(job, ['schedule', 'missed'])}`,
              ),
              MaximumRetryAttempts: 185,
            },
          },
        },
      },
    ],
  ];
}

function role(service: string, statements: readonly Part[]): Part {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        {
          PolicyName: 'bfd-host',
          PolicyDocument: { Version: '2012-10-17', Statement: statements },
        },
      ],
    },
  };
}

function allow(actions: readonly string[], resource: Part): Part {
  return { Effect: 'Allow', Action: actions, Resource: resource };
}

/** Letters and digits only. */
function logicalId({ name }: HostJob, suffix: string): string {
  const words = name.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}${suffix}`;
}
