// The form of Nomad's JSON jobs, as far as exports use it. Nomad's own validator is part of its server, which cannot be
// had from npm, and npm has no schema of it: this one is ours, from https://developer.hashicorp.com/nomad/api-docs/json-jobs.
// It knows no member that is not in there, so a mistyped name is found; what Nomad itself makes of a job is not known.

import { z } from 'zod';

const nanoseconds = z.int().min(0);
const text = z.string().min(1);

const mount = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('tmpfs'),
    target: text,
    tmpfs_options: z.strictObject({ size: z.int(), mode: z.int() }),
  }),
  z.strictObject({
    type: z.literal('bind'),
    source: text,
    target: text,
    readonly: z.boolean(),
  }),
]);

const template = z.strictObject({
  EmbeddedTmpl: z.string(),
  DestPath: text,
  Perms: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .optional(),
  Envvars: z.boolean().optional(),
  ChangeMode: z.enum(['noop', 'restart', 'signal', 'script']),
});

const task = z.strictObject({
  Name: text,
  Driver: z.literal('docker'),
  User: z.string(),
  Config: z.strictObject({
    image: text,
    args: z.array(z.string()),
    readonly_rootfs: z.boolean(),
    cap_drop: z.array(z.string()),
    security_opt: z.array(z.string()),
    mount: z.array(mount),
  }),
  Templates: z.array(template),
  Resources: z.strictObject({
    CPU: z.int().min(20),
    MemoryMB: z.int().min(10),
    MemoryMaxMB: z.int().min(10),
  }),
  KillSignal: z.literal('SIGTERM'),
  KillTimeout: nanoseconds,
  LogConfig: z.strictObject({ MaxFiles: z.int().min(1), MaxFileSizeMB: z.int().min(1) }),
  Meta: z.record(z.string(), z.string()),
});

const restartPolicy = z
  .strictObject({
    Mode: z.enum(['fail', 'delay']),
    Attempts: z.int().min(0),
    Delay: nanoseconds,
    Interval: nanoseconds.min(5_000_000_000),
  })
  // As the server asks: all attempts must fit into the interval.
  .refine(({ Attempts, Delay, Interval }) => Attempts * Delay <= Interval);

export const nomadJobSchema = z.strictObject({
  Job: z.strictObject({
    ID: z
      .string()
      .regex(/^[^\s/]+$/)
      .max(128),
    Name: text,
    Type: z.literal('batch'),
    Datacenters: z.array(z.string()).min(1),
    Priority: z.int().min(1).max(100),
    Periodic: z
      .strictObject({
        Enabled: z.boolean(),
        SpecType: z.literal('cron'),
        Spec: z.string().regex(/^\S+( \S+){6}$/),
        TimeZone: text,
        ProhibitOverlap: z.boolean(),
      })
      .optional(),
    ParameterizedJob: z
      .strictObject({ Payload: z.enum(['optional', 'required', 'forbidden']) })
      .optional(),
    TaskGroups: z
      .array(
        z.strictObject({
          Name: text,
          Count: z.literal(1),
          RestartPolicy: restartPolicy,
          ReschedulePolicy: z.strictObject({ Attempts: z.int(), Unlimited: z.boolean() }),
          EphemeralDisk: z.strictObject({ SizeMB: z.int().min(10) }),
          Tasks: z.array(task).length(1),
        }),
      )
      .length(1),
  }),
});

export type NomadJob = z.infer<typeof nomadJobSchema>;
