// What the `config` of a fix-up job in host.config.json may say.

import { z } from '@bfd-host/sdk';

/** In place of a pepper: one that everybody knows, for made-up data in the embedded database. */
export const DEVELOPMENT = 'development';

const pepper = z
  .string()
  .regex(
    /^(development|([0-9a-fA-F]{2}){16,})$/,
    'expected at least 32 hex digits, two a byte, or "development"',
  );
const iterations = z.int().min(1).default(1000);

const rotateFrom = z.strictObject({
  pepper: pepper.describe('The pepper the stored hashes were made with'),
  iterations: iterations.describe('The iterations the stored hashes were made with'),
});

export const fixupConfig = z
  .strictObject({
    pepper: pepper
      .optional()
      .describe(
        'Secret of the identifier hashes in hex, at least 128 bits, the same as of ccw-rif-load; "development": one that everybody knows, for the embedded database only',
      ),
    iterations: iterations.describe('PBKDF2 iterations of the hashes'),
    rotateFrom: rotateFrom
      .optional()
      .describe(
        'While pepper or iterations are being changed: what they were. Every hash is made anew, and the former one kept beside it until this is taken away',
      ),
    runSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(120)
      .describe('A run ends after this, so that other jobs have their turn; the next one goes on'),
    sliceRows: z
      .int()
      .min(1)
      .max(10_000)
      .default(500)
      .describe('How many rows a transaction writes'),
  })
  .refine(({ pepper, rotateFrom }) => rotateFrom === undefined || pepper !== undefined, {
    path: ['pepper'],
    message: 'is needed beside "rotateFrom"',
  })
  .refine(
    ({ pepper, iterations, rotateFrom }) =>
      rotateFrom?.pepper.toLowerCase() !== pepper?.toLowerCase() ||
      rotateFrom?.iterations !== iterations,
    {
      path: ['rotateFrom'],
      message: 'is the same as pepper and iterations; one of them must differ',
    },
  );

export type FixupConfig = z.infer<typeof fixupConfig>;
