// What editors and people read about host.config.json, made from its schema so that it cannot be wrong. The
// files are host/host.config.schema.json and host/docs/config.md; config-docs.test.ts holds them to this.

import { z } from 'zod';
import { hostConfigSchema } from './host-config-schema.ts';

/** The part of JSON Schema that describes host.config.json. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** JSON Schema of host.config.json, of the draft that editors know best. */
export function hostConfigJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(hostConfigSchema, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'host.config.json of bfd-host' };
}

/** The text of host/host.config.schema.json, as the formatter of this repository leaves it. */
export function hostConfigSchemaText(): string {
  const spread = JSON.stringify(hostConfigJsonSchema(), null, 2);
  const text = spread.replace(/^( *"[\w$]+": )\[\n([^[\]{}]*)\n *\]/gm, (whole, name, items) => {
    const line = `${name}[${String(items).trim().replaceAll(/,\n */g, ', ')}]`;
    return line.length < 100 ? line : whole;
  });
  return `${text}\n`;
}

/** The text of host/docs/config.md. */
export function configDocs(): string {
  // Made of the schema above, which uses only what `Schema` names.
  const root = hostConfigJsonSchema() as Schema;
  const { jobs, plugins, ...members } = root.properties ?? {};
  return [
    INTRODUCTION,
    '## All members\n',
    table(rowsOf({ properties: members }, '')),
    '## `jobs.NAME`\n',
    `${jobs?.description ?? ''}\n`,
    table(rowsOf(valueSchema(jobs), '')),
    '## `plugins.NAME`\n',
    `${plugins?.description ?? ''}\n`,
    table(rowsOf(valueSchema(plugins), '')),
  ].join('\n');
}

interface Row {
  readonly member: string;
  readonly takes: string;
  readonly usual: string;
  readonly description: string;
}

function valueSchema(schema: Schema | undefined): Schema {
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : {};
}

function rowsOf(schema: Schema, above: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${above}${name}`;
    const isRequired = schema.required?.includes(name) === true;
    const row: Row = {
      member: path,
      takes: takes(member),
      usual: isRequired ? 'required' : usual(member.default),
      description: member.description ?? '',
    };
    const objects = [member, ...(member.anyOf ?? [])];
    return [row, ...objects.flatMap((object) => rowsOf(object, `${path}.`))];
  });
}

function takes(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(takes).join(' or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(' or ');
  switch (schema.type) {
    case 'integer':
      return `${schema.minimum ?? ''} to ${schema.maximum ?? ''}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    case 'array':
      return 'list of texts';
    case 'null':
      return '`null`';
    default:
      return 'object';
  }
}

function usual(value: unknown): string {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value === undefined || isEmpty ? '' : code(value);
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ member, takes: what, usual: value, description }) =>
      `| \`${member}\` | ${what} | ${value} | ${description.replaceAll('|', '\\|')} |`,
  );
  return ['| member | takes | if absent | |', '|---|---|---|---|', ...lines, ''].join('\n');
}

const INTRODUCTION = `# host.config.json

<!-- Made from host/src/config/host-config-schema.ts. Change it there, then run
     npx vitest run --config test/vitest.config.ts config-docs -u -->

One JSON file says where database and S3 are, which jobs run, and when. \`bfd-host check\` reads it with all
plugins and starts nothing. Everything has a usual value: \`{}\` is a whole configuration.

\`\`\`json
{
  "$schema": "./host/host.config.schema.json",
  "database": "embedded",
  "s3": "embedded",
  "jobs": {
    "ccw-rif-load": {
      "schedule": { "cron": "*/5 * * * *", "timezone": "America/New_York" },
      "config": { "bucket": "bfd-ccw", "pepper": "\${env:BFD_HASH_PEPPER}" }
    },
    "sample-job": { "enabled": false }
  },
  "plugins": { "ccw": { "memoryMb": 1024, "database": { "url": "\${file:/run/secrets/ccw-db-url}" } } }
}
\`\`\`

## Secrets

Any text may hold \`\${env:NAME}\`, an environment variable, or \`\${file:PATH}\`, the content of a file (relative to
host.config.json, at most 64 KiB, without its last line break). What comes from there is never shown. A variable or
file that is missing or empty is an error. \`$\${\` stands for a plain \`\${\`.

## Environment

| variable | means |
|---|---|
| \`BFD_DATABASE_URL\` | The database, whatever \`database\` says. \`poolSize\` of the file stays, \`directUrl\` does not. |
| \`AWS_ENDPOINT_URL_S3\`, \`AWS_ENDPOINT_URL\` | URL of S3, unless the file names an \`endpoint\`. |
| \`AWS_REGION\`, \`AWS_DEFAULT_REGION\` | Region of S3, unless the file names one. |
| \`AWS_ACCESS_KEY_ID\` and the others of the AWS SDK | Credentials, unless the file holds keys. |

\`"s3": "embedded"\` gives way to the environment when that names an endpoint or holds credentials
(\`AWS_ACCESS_KEY_ID\`, \`AWS_WEB_IDENTITY_TOKEN_FILE\`, \`AWS_CONTAINER_CREDENTIALS_…\`). A region or profile alone does not
do it: shells of people who work with AWS have them anyway.

## What is wrong is told at once

All mistakes are printed together, each with its place, what was expected and the nearest valid name:

\`\`\`text
host.config.json has 3 problems:
  concurrency         expected a whole number from 1 to 1000, found 0
  jobs.ccw-rif-laod   is no job; did you mean "ccw-rif-load"?
  s3                  expected "embedded", "aws" or an object, found another text; did you mean "embedded"?
\`\`\`

A mistake of the file itself, such as a name that nobody has, stops the start. What is wrong between the file and
one plugin refuses that plugin or job, and what depends on it: a bundle that does not match its manifest, a job's
\`config\` that its plugin does not take, a privilege that is not granted. The host starts without it, degraded, and
says why.

A job that is not listed runs, unless its plugin says otherwise. A plugin is a folder in \`pluginsFolder\` that holds
\`plugin.json\`, itself or in \`dist\`; where both are, the first counts.
`;
