// plugin.json: what the host knows of a plugin without running its code. Written by `bfd-plugin build` only.

import { z } from 'zod';

const kebabName = z
  .string()
  .regex(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'expected lower-case words joined by dashes, such as "my-job"',
  )
  .max(60);
const semver = z.string().regex(/^\d+\.\d+\.\d+/, 'expected a version such as "1.0.0"');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');
const milliseconds = z.int().min(0);

const scheduleSchema = z.strictObject({
  cron: z.string().min(1),
  timezone: z.string().optional(),
  jitterMs: milliseconds.optional(),
  missed: z.enum(['skip', 'latest']).optional(),
});

const dependencySchema = z.strictObject({
  job: kebabName,
  version: z.string().optional(),
  maxAgeMs: milliseconds.optional(),
  optional: z.boolean().optional(),
  rerunOnVersionChange: z.boolean().optional(),
});

const jobSchema = z.strictObject({
  name: kebabName,
  version: semver,
  description: z.string().optional(),
  schedule: scheduleSchema.optional(),
  startup: z.boolean().optional(),
  runAfter: z.boolean().optional(),
  dependsOn: z.array(dependencySchema).optional(),
  configSchema: z.record(z.string(), z.unknown()).optional(),
  retries: z
    .strictObject({
      limit: z.int().min(0).max(1000),
      delayMs: milliseconds.optional(),
      maxDelayMs: milliseconds.optional(),
      codes: z.array(z.string()).optional(),
    })
    .optional(),
  timeout: z.strictObject({ softMs: z.int().min(1), hardMs: z.int().min(1).optional() }).optional(),
  pool: kebabName.optional(),
  priority: z.int().optional(),
  enabledByDefault: z.boolean().optional(),
  needs: z.array(z.enum(['db', 's3', 'config', 'logger'])),
  hasItems: z.boolean(),
});

export const privilegesSchema = z.strictObject({
  environment: z.array(z.string()).optional(),
  read: z.array(z.string()).optional(),
  write: z.array(z.string()).optional(),
  network: z.boolean().optional(),
  childProcesses: z.boolean().optional(),
  workers: z.boolean().optional(),
  addons: z.boolean().optional(),
});

const RESERVED_SCHEMA = /^(bfd_host|pgboss|information_schema|pg_.*)$/;

/** The form of `plugin.json`. Unknown members are refused: a newer builder says so with a newer version. */
export const pluginManifestSchema = z.strictObject({
  manifestVersion: z.literal(1),
  name: kebabName,
  version: semver,
  /** {@link PLUGIN_API_VERSION} of the SDK it was built with. */
  apiVersion: z.int(),
  sdkVersion: semver,
  /** File beside plugin.json. */
  entry: z.string().regex(/^[\w-]+(\.[\w-]+)*\.js$/, 'expected a file name, without folders'),
  /** Of the entry file. */
  sha256,
  privileges: privilegesSchema,
  schemas: z.array(
    z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/)
      .refine(
        (schema) => !RESERVED_SCHEMA.test(schema),
        'expected no schema of the host or of PostgreSQL',
      ),
  ),
  jobs: z.array(jobSchema).min(1),
});

export type PluginManifest = z.infer<typeof pluginManifestSchema>;
export type JobManifest = z.infer<typeof jobSchema>;
