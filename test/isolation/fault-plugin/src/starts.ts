import {
  CONFIG,
  inject,
  Job,
  JobError,
  nothingToDo,
  type Outcome,
  type Runnable,
  z,
} from '@bfd-host/sdk';

@Job({ name: 'bad-constructor', version: '1.0.0' })
export class BadConstructor implements Runnable {
  constructor() {
    throw new Error(`no ${['CANARY', 'SMITH'].join('-')} here`);
  }

  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}

@Job({ name: 'failing-preflight', version: '1.0.0' })
export class FailingPreflight implements Runnable {
  async preflight(): Promise<void> {
    throw new JobError('FAULT_PREFLIGHT', 'The job could not work here.');
  }

  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}

@Job({ name: 'hanging-preflight', version: '1.0.0' })
export class HangingPreflight implements Runnable {
  preflight(): Promise<void> {
    return new Promise(() => {});
  }

  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}

@Job({
  name: 'strict-config',
  version: '1.0.0',
  config: z.object({ bucket: z.string(), retries: z.int().max(9), mode: z.enum(['a', 'b']) }),
})
export class StrictConfig implements Runnable {
  constructor(@inject(CONFIG) readonly config: unknown) {}

  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}
