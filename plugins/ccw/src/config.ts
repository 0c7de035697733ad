// What `jobs.ccw-rif-load.config` in host.config.json may say.

import { RIF_TYPES } from '@bfd-host/rif';
import { z } from '@bfd-host/sdk';

export const ccwConfig = z
  .strictObject({
    bucket: z.string().min(1).describe('The S3 bucket whose Incoming folders hold data sets'),
    hashing: z
      .enum(['inline', 'deferred'])
      .default('inline')
      .describe(
        'inline: identifiers are hashed while they are loaded; deferred: they are stored without hashes, which the fix-up jobs add',
      ),
    pepper: z
      .string()
      .regex(/^([0-9a-fA-F]{2}){16,}$/, 'expected at least 32 hex digits, two a byte')
      .optional()
      .describe(
        'Secret of the identifier hashes in hex, at least 128 bits; needed when hashing is inline',
      ),
    iterations: z.int().min(1).default(1000).describe('PBKDF2 iterations of the hashes'),
    allowedType: z
      .enum(RIF_TYPES)
      .optional()
      .describe('Load only data sets all of whose files are of this type'),
    maxAgeDays: z
      .int()
      .min(1)
      .max(36_500)
      .default(60)
      .describe('Data sets with an older timestamp are ignored'),
    waitForFilesMinutes: z
      .number()
      .min(0)
      .default(60)
      .describe('How long after its manifest was found the files of a data set may be missing'),
    whenDone: z
      .enum(['keep', 'move'])
      .default('keep')
      .describe(
        'What becomes of a loaded data set in the bucket: it stays, or moves from Incoming to Done',
      ),
    preValidate: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe(
        'auto: a synthetic data set with preValidationProperties is rejected if it collides with what is stored',
      ),
    onRowError: z
      .enum(['fail', 'quarantine'])
      .default('fail')
      .describe(
        'fail: a file with a wrong record fails; quarantine: wrong records are left out and noted in ccw.quarantined_records',
      ),
    quarantineLimit: z
      .int()
      .min(0)
      .default(100)
      .describe('The run fails when more records of a file than this are wrong'),
    keepRaw: z
      .boolean()
      .default(false)
      .describe('Whether the quarantine keeps the bytes of wrong records, which are row data'),
    connections: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe('How many transactions of a process load at the same time'),
    typesAtOnce: z
      .int()
      .min(1)
      .max(9)
      .default(2)
      .describe('How many types of files a process loads at a time, once beneficiaries are there'),
    chunkBytes: z
      .int()
      .min(1_024)
      .max(64 << 20)
      .default(8 << 20)
      .describe(
        'About how many bytes of a file a transaction loads; memory is some four times as much',
      ),
  })
  .refine(({ hashing, pepper }) => hashing === 'deferred' || pepper !== undefined, {
    path: ['pepper'],
    message: 'is needed when "hashing" is "inline"; set it, or set "hashing" to "deferred"',
  });

export type CcwConfig = z.infer<typeof ccwConfig>;
