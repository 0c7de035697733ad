// The configuration as the rest of the host sees it: checked, complete, frozen.

import type { Privileges, Retries, Schedule } from '@bfd-host/sdk';
import type { JsonValue } from './json-text.ts';

export interface HostConfig {
  /** Absolute path of host.config.json. */
  readonly file: string;
  readonly mode: 'development' | 'production';
  readonly database: DatabaseSetting;
  readonly s3: S3Setting;
  /** Absolute. */
  readonly stateFolder: string;
  /** Absolute. */
  readonly pluginsFolder: string;
  /** How many runs at a time. */
  readonly concurrency: number;
  readonly pools: Readonly<Record<string, number>>;
  /** Absent: 3,000 at a terminal, else 30,000. */
  readonly stopGraceMs?: number;
  readonly retention: { readonly runsDays: number };
  /** The operator's page; absent: none. */
  readonly http?: PageSetting;
  readonly telemetry: TelemetryConfig;
  /** Only the jobs the file names. The object has no prototype: any name can be looked up. */
  readonly jobs: Readonly<Record<string, JobSettings>>;
  /** Only the plugins the file names; {@link pluginSettings} answers for all. No prototype. */
  readonly plugins: Readonly<Record<string, PluginSettings>>;
  /** Places in the file whose values came from `${env:…}` or `${file:…}` and must not be shown. */
  readonly secretPaths: readonly string[];
}

export interface PageSetting {
  /** Absent: the usual one, or the next that is free; 0: any that is free. */
  readonly port?: number;
  readonly host: string;
  /** Whether only this machine reaches it. */
  readonly isLoopback: boolean;
  /** Names by which browsers may call it, besides its addresses. */
  readonly names: readonly string[];
  /** Absolute paths. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly trustedProxies: readonly string[];
  readonly userHeader?: string;
}

export interface TelemetryConfig {
  readonly otlp?: {
    readonly endpoint: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly temporality?: 'cumulative' | 'delta';
  };
  readonly newRelicEvents?: {
    readonly accountId: string;
    readonly licenseKey: string;
    readonly endpoint: string;
  };
}

/** Where a setting was found: the operator is told, since the environment goes before the file. */
export type SettingSource = 'file' | 'environment';

export type DatabaseSetting =
  | { readonly kind: 'embedded'; readonly poolSize: number }
  | {
      readonly kind: 'external';
      readonly from: SettingSource;
      /** Holds a password: for connecting, not for showing. */
      readonly url: string;
      /** The same database without a pooler between; `url` where the file names none. */
      readonly directUrl: string;
      readonly poolSize: number;
    };

export type S3Setting = { readonly kind: 'embedded' } | S3Access;

export interface S3Access {
  readonly kind: 'external';
  readonly from: SettingSource;
  /** Absent: AWS. */
  readonly endpoint?: string;
  /** Absent: the AWS SDK finds it, in its profile files for example. */
  readonly region?: string;
  readonly forcePathStyle: boolean;
  readonly credentials: S3Credentials;
}

export type S3Credentials =
  /** The AWS SDK's default chain: environment, profile, web identity, container, instance. */
  | { readonly kind: 'aws-default-chain' }
  | {
      readonly kind: 'static';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };

/** What the file says of one job. Absent: as the plugin declares it. */
export interface JobSettings {
  readonly enabled?: boolean;
  /** `null`: on no schedule, whatever the plugin declares. */
  readonly schedule?: Readonly<Partial<Schedule>> | null;
  readonly startup?: boolean;
  readonly runAfter?: boolean;
  readonly config?: Readonly<Record<string, JsonValue>>;
  readonly retries?: Readonly<Partial<Retries>>;
  readonly timeout?: { readonly softMs?: number; readonly hardMs?: number };
  readonly pool?: string;
  readonly priority?: number;
  readonly successWithinMs?: number;
  readonly fanOut: boolean;
  readonly debugOutput: boolean;
}

export interface PluginSettings {
  readonly memoryMb: number;
  readonly rssMb: number;
  readonly outputKb: number;
  readonly tempMb: number;
  readonly openFiles: number;
  readonly nice: number;
  readonly blockedSeconds: number;
  readonly connections: number;
  /** 0: no limit. */
  readonly statementTimeoutMs: number;
  readonly idleMinutes: number;
  readonly database?: { readonly url: string };
  readonly s3?: S3Access;
  readonly grant: Privileges;
}
