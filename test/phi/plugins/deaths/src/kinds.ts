// A job with a setting of every kind.

import { Job, nothingToDo, type Outcome, type Runnable, z } from '@bfd-host/sdk';

export const kinds = z.strictObject({
  text: z.string(),
  shortText: z.string().min(2).max(5),
  pattern: z.string().regex(/^[A-Z]{3}$/),
  email: z.email(),
  url: z.url(),
  uuid: z.uuid(),
  date: z.iso.date(),
  moment: z.iso.datetime(),
  literal: z.literal('yes'),
  choice: z.enum(['red', 'green']),
  number: z.number().max(10),
  whole: z.int().min(3),
  step: z.number().multipleOf(5),
  flag: z.boolean(),
  nothing: z.null(),
  list: z.array(z.int()).max(2),
  pair: z.tuple([z.string(), z.number()]),
  byName: z.record(z.string(), z.number()),
  named: z.record(z.string().regex(/^[a-z]{1,3}$/), z.number()),
  either: z.union([z.number(), z.boolean()]),
  form: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), a: z.number() }),
    z.strictObject({ kind: z.literal('b'), b: z.number() }),
  ]),
  inner: z.strictObject({ deep: z.number() }),
  maybe: z.int().optional(),
  both: z.intersection(z.object({ one: z.number() }), z.object({ two: z.number() })),
});

@Job({ name: 'config-of-every-kind', version: '1.0.0', enabledByDefault: false, config: kinds })
export class ConfigOfEveryKind implements Runnable {
  async run(): Promise<Outcome> {
    return nothingToDo();
  }
}
