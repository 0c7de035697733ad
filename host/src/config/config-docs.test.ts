// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of host.config.json
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { configDocs, hostConfigJsonSchema, hostConfigSchemaText } from './config-docs.ts';
import { hostConfigSchema } from './host-config-schema.ts';

// After a change of the schema: vitest run --config test/vitest.config.ts config-docs -u
describe('what is made of the schema of host.config.json', () => {
  it('is current for editors', async () => {
    await expect(hostConfigSchemaText()).toMatchFileSnapshot('../../host.config.schema.json');
  });

  it('is current for people', async () => {
    await expect(configDocs()).toMatchFileSnapshot('../../docs/config.md');
  });

  it('describes every member', () => {
    const nameless: string[] = [];
    look(hostConfigJsonSchema(), '');
    expect(nameless).toEqual([]);

    function look(schema: unknown, path: string): void {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, inner] of Object.entries(schema)) {
        if (key !== 'properties') {
          look(inner, path);
          continue;
        }
        for (const [name, member] of Object.entries(inner as object)) {
          if (!('description' in member)) nameless.push(`${path}.${name}`);
          look(member, `${path}.${name}`);
        }
      }
    }
  });

  it('accepts a file with placeholders, as the host does', () => {
    const config = {
      database: '${env:DB}',
      s3: { endpoint: '${env:S3}', secretAccessKey: '${file:key}' },
      plugins: { ccw: { database: { url: '${env:CCW}' } } },
    };
    const validate = new Ajv({ strict: false }).compile(hostConfigJsonSchema());

    expect(validate(config)).toBe(true);
    expect(validate({ concurency: 1 })).toBe(false);
  });

  it('accepts the file this repository ships', async () => {
    const shipped: unknown = JSON.parse(
      await readFile(new URL('../../../host.config.json', import.meta.url), 'utf8'),
    );

    expect(new Ajv({ strict: false }).validate(hostConfigJsonSchema(), shipped)).toBe(true);
    expect(hostConfigSchema.safeParse(shipped).error?.issues ?? []).toEqual([]);
  });
});
