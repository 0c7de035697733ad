// Runs the exported state machines in an interpreter of the Amazon States Language, with `bfd-host run` as the ECS task.
// What ECS answers is put together here as it answers; what becomes of that is the definition's.

import { randomUUID } from 'node:crypto';
import { StateMachine } from 'aws-local-stepfunctions';
import type { Project } from '../support/project.ts';
import type { Interference } from './behaviours.ts';
import { cancelByPerson, type Ended, RunProcesses, type Target, untilAtWork } from './target.ts';

type Definition = ConstructorParameters<typeof StateMachine>[0];

interface RunTaskParameters {
  readonly Overrides: { readonly ContainerOverrides: readonly { readonly Command: string[] }[] };
}

export class StepFunctionsTarget implements Target {
  readonly name = 'step-functions';
  readonly #project: Project;
  readonly #definitions: ReadonlyMap<string, string>;
  readonly #tasks: RunProcesses;
  #stopCode = 'EssentialContainerExited';

  /** @param definitions - text of `NAME.asl.json` by NAME */
  constructor(project: Project, definitions: ReadonlyMap<string, string>) {
    this.#project = project;
    this.#definitions = definitions;
    this.#tasks = new RunProcesses(project);
  }

  get told() {
    return this.#tasks.told;
  }

  async run(job: string, interference: Interference | undefined): Promise<Ended> {
    const definition = parameterised(this.#definitions.get(`bfd-${job}`) ?? '');
    const exitCodes: number[] = [];
    const names = namesOf(definition, 'Task');
    const handlers = Object.fromEntries(
      names.map((name) => [name, (input: unknown) => this.#task(name, input, exitCodes)]),
    );
    const id = randomUUID();
    const machine = `arn:aws:states:us-east-1:123456789012:stateMachine:bfd-${job}`;
    const execution = new StateMachine(definition).run({}, {
      overrides: {
        taskResourceLocalHandlers: handlers,
        retryIntervalOverrides: Object.fromEntries(
          namesOf(definition, 'Parallel').map((name) => [name, 50]),
        ),
      },
      context: {
        Execution: { Id: `${machine.replace('stateMachine', 'execution')}:${id}`, Name: id },
        StateMachine: { Id: machine, Name: `bfd-${job}` },
      },
    } as Parameters<StateMachine['run']>[1]);
    const ended = execution.result.then(
      () => 'succeeded' as const,
      () => 'failed' as const,
    );
    if (interference) await this.#interfere(job, interference);
    const verdict = await ended;
    this.#stopCode = 'EssentialContainerExited';
    return { verdict, exitCodes };
  }

  async #interfere(job: string, interference: Interference): Promise<void> {
    await untilAtWork(this.#project, job);
    switch (interference) {
      case 'cancelled':
        return cancelByPerson(this.#project, job);
      case 'stopped': // ecs stop-task
        this.#stopCode = 'UserInitiated';
        return this.#tasks.signal('SIGTERM');
      case 'drained':
        this.#stopCode = 'SpotInterruption';
        return this.#tasks.signal('SIGTERM');
      case 'killed':
        return this.#tasks.signal('SIGKILL');
    }
  }

  async #task(name: string, input: unknown, exitCodes: number[]): Promise<unknown> {
    // The execution itself is all that runs.
    if (name === 'Look for others') return { Executions: [{}] };
    const { Overrides } = input as RunTaskParameters;
    const exitCode = await this.#tasks.run(Overrides.ContainerOverrides[0]?.Command ?? []);
    exitCodes.push(exitCode);
    const task = {
      Containers: [{ Name: 'bfd-host', ExitCode: exitCode, LastStatus: 'STOPPED' }],
      LastStatus: 'STOPPED',
      StopCode: exitCode === 0 ? 'EssentialContainerExited' : this.#stopCode,
      StoppedReason: 'Essential container in task exited',
    };
    this.#stopCode = 'EssentialContainerExited';
    if (exitCode === 0) return task;
    throw Object.assign(new Error(JSON.stringify(task)), { name: 'States.TaskFailed' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tasks.signal('SIGKILL');
  }
}

/** As CloudFormation puts its parameters in. */
function parameterised(text: string): Definition {
  const values: Record<string, string> = {
    Cluster: 'bfd',
    TaskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/bfd-host:1',
    Subnets: 'subnet-1,subnet-2',
    SecurityGroups: 'sg-1',
  };
  return JSON.parse(text.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
}

/** Names of all states of a type, in branches too. */
function namesOf(part: unknown, type: string): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    const isOne = typeof value === 'object' && value?.['Type'] === type;
    return [...(isOne ? [name] : []), ...namesOf(value, type)];
  });
}
