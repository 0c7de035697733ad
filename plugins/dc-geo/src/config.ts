/** What an operator may set of a load. */

import { z } from '@bfd-host/sdk';
import { VERSION_RANGE } from './source/version.ts';

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];

export const isLocal = (host: string): boolean => LOCAL_HOSTS.includes(host);

export const rdaConfigSchema = z
  .strictObject({
    host: z.string().min(1).describe('Host name of the RDA API.'),
    port: z.int().min(1).max(65_535).default(443),
    tls: z
      .boolean()
      .optional()
      .describe('Whether to encrypt. Always, but for localhost, where the default is false.'),
    caCertificate: z
      .string()
      .optional()
      .describe(
        'PEM of the authority that signed the certificate of the server, if no public one did.',
      ),
    authToken: z.string().min(1).optional().describe('Bearer token.'),
    rdaVersion: z
      .string()
      .regex(VERSION_RANGE)
      .default('^0.14.1')
      .describe('Versions of the API to accept: ^1.2.3, ~1.2.3 or 1.2.3.'),
    batchSize: z.int().min(1).max(10_000).default(200).describe('Claims in one transaction.'),
    writeThreads: z
      .int()
      .min(1)
      .max(32)
      .default(1)
      .describe('Transactions at a time, each with a database connection of its own.'),
    errorLimit: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'Unresolved faulty messages that may lie in rda.message_errors before the load stops.',
      ),
    errorExpireDays: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Faulty messages that are resolved or obsolete are deleted after this; never if absent.',
      ),
    processDlq: z
      .boolean()
      .default(false)
      .describe('Whether to ask for faulty messages again before the load.'),
    startingSequence: z
      .int()
      .min(0)
      .optional()
      .describe('Sequence number to begin with in every run; where the last run got to if absent.'),
    maxIdleSeconds: z
      .number()
      .positive()
      .default(60)
      .describe('A stream that brings nothing for so long is closed; the next run goes on.'),
    secondsBeforeConnectionDrop: z
      .number()
      .min(0)
      .default(240)
      .describe('A connection that the server drops after so long without a message is no error.'),
    reconnects: z
      .int()
      .min(0)
      .max(100)
      .default(5)
      .describe('How often in a row to connect again after losing the connection.'),
    honourDeletes: z
      .boolean()
      .default(false)
      .describe('Whether a DELETE deletes the claim. If not it is skipped and counted.'),
    pepper: z
      .string()
      .regex(/^([0-9a-fA-F]{2}){16,}$/, 'expected at least 32 hex digits, two a byte')
      .describe(
        'Secret of the MBI hashes in hex, at least 128 bits; the same as that of other loads.',
      ),
    iterations: z
      .int()
      .min(1)
      .default(1000)
      .describe('Of the MBI hashes; the same as those of the other loads.'),
    hashCacheSize: z.int().min(1).default(10_000).describe('MBIs kept in memory.'),
    smokeTest: z
      .boolean()
      .default(false)
      .describe(
        'Whether to ask for up to three claims before the first run, to see that all is in place.',
      ),
    cleanup: z
      .strictObject({
        runSize: z.int().min(1).describe('Claims to delete in one run, at most.'),
        transactionSize: z.int().min(1).describe('Claims to delete in one transaction.'),
      })
      .optional()
      .describe(
        'Whether to delete claims that were last written more than 60 days ago, before each load.',
      ),
  })
  .refine(({ host, tls }) => tls !== false || isLocal(host), {
    path: ['tls'],
    message: 'claims must not go unencrypted over a network; leave it out, or use localhost',
  })
  .refine(({ cleanup }) => !cleanup || cleanup.transactionSize <= cleanup.runSize, {
    path: ['cleanup', 'transactionSize'],
    message: 'is larger than runSize, so that nothing would be deleted',
  });

export type RdaConfig = z.infer<typeof rdaConfigSchema>;
