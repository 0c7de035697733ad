// Jobs that do not come as far as their run.

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
import { config, type Person } from '../../acting.ts';

abstract class NeverRuns implements Runnable {
  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}

@Job({ name: 'constructor-throws', version: '1.0.0', startup: true, config })
export class ConstructorThrows extends NeverRuns {
  constructor(@inject(CONFIG) { person }: { person: Person }) {
    super();
    throw new Error(`${person.surname} ${person.mbi}`);
  }
}

@Job({ name: 'preflight-throws', version: '1.0.0', startup: true, config })
export class PreflightThrows extends NeverRuns {
  constructor(@inject(CONFIG) private readonly given: { person: Person }) {
    super();
  }

  async preflight(): Promise<void> {
    throw new TypeError(this.given.person.address);
  }
}

@Job({ name: 'preflight-refuses', version: '1.0.0', startup: true, config })
export class PreflightRefuses extends NeverRuns {
  constructor(@inject(CONFIG) private readonly given: { person: Person }) {
    super();
  }

  async preflight(): Promise<void> {
    throw new JobError('PHI_FOLDER', 'There is no folder {folder}. Create it.', {
      folder: this.given.person.mbi as unknown as number,
    });
  }
}

const picky = config.extend({
  person: config.shape.person
    .refine(({ mbi }) => mbi === '', { path: ['mbi'], error: 'must be empty here' })
    .refine(({ ssn }) => ssn === '', { path: ['ssn'], error: ({ input }) => JSON.stringify(input) })
    .refine(({ surname }) => surname === '', {
      path: ['surname'],
      error: ({ input }) => {
        const { surname = '' } = input as Partial<Person>;
        return `Invalid input: expected string, received ${surname.replace(/[^A-Za-z]/g, '')}`;
      },
    }),
  bucket: z.string().transform((text, context) => {
    context.addIssue({ code: 'custom', message: `no bucket ${text}`, path: [text] });
    return text;
  }),
});

@Job({ name: 'config-refused-by-schema', version: '1.0.0', startup: true, config: picky })
export class ConfigRefusedBySchema extends NeverRuns {}
