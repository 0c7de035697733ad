// What the documents tell operators to do with New Relic, Splunk, Prometheus, Grafana and SQL, done.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { Telemetry } from '../../host/src/telemetry/telemetry.ts';
import { jobSource, Project, type ToldEvent } from '../support/project.ts';
import { Collector } from './collector.ts';
import { splunkSearch } from './splunk.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DOCS = path.resolve(import.meta.dirname, '../../host/docs');
const read = (file: string) => readFileSync(path.join(DOCS, file), 'utf8');
const TELEMETRY = read('telemetry.md');

function blocks(language: string): string[] {
  return [...TELEMETRY.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text.trim(),
  );
}

describe('the recipe for New Relic', () => {
  it('by the environment alone keeps to the limits of New Relic', async () => {
    await using collector = await Collector.start();
    await using project = await Project.make();
    await project.write(
      'long-winded',
      jobSource({
        name: 'long-winded',
        body: `ctx.workStarts();
          for (let n = 0; n < 300; n++) this.log.info('still at it', { n });
          await this.db.query('select 1 as one');
          return workDone({ counts: { rows: 7 } });`,
      }),
    );
    const [commands = ''] = blocks('sh');
    const env = Object.fromEntries(
      [...commands.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    expect(Object.keys(env)).toHaveLength(4);
    const host = project.start({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await host.waitFor({ event: 'run.finished', job: 'long-winded' });
    await host.stop();

    expect(new Set(collector.requests.map((request) => request.path))).toEqual(
      new Set(['/v1/traces', '/v1/metrics', '/v1/logs']),
    );
    for (const { headers, wireBytes, body } of collector.requests) {
      expect(headers['api-key']).toBe('YOUR_LICENSE_KEY');
      expect(headers['content-type']).toBe('application/x-protobuf');
      expect(headers['content-encoding']).toBe('gzip');
      expect(wireBytes).toBeLessThan(1_000_000);
      expect(body.length).toBeLessThan(1_000_000);
    }
    const told = [...collector.spans, ...collector.logs, ...collector.points];
    expect(collector.logs.length).toBeGreaterThan(300);
    for (const { attributes } of told) {
      expect(Object.keys(attributes).length).toBeLessThanOrEqual(128);
      for (const [name, value] of Object.entries(attributes)) {
        expect(name.length).toBeLessThan(256);
        for (const each of [value].flat()) expect(String(each).length).toBeLessThan(4096);
        expect([value].flat().length).toBeLessThan(65);
      }
    }
    const counted = collector.points.filter(({ metric }) =>
      /^bfd\.run(s|\.items)$|duration/.test(metric),
    );
    expect(counted.length).toBeGreaterThan(2);
    expect(counted.every(({ isDelta }) => isDelta)).toBe(true);
  });
});

describe('the questions of an operator', () => {
  const lines: ToldEvent[] = [];
  let project: Project;
  const close = new AsyncDisposableStack();

  // "A" is the load, "B" a fix-up that fails.
  beforeAll(async () => {
    project = close.use(await Project.make({ config: { concurrency: 2 } }));
    await project.write(
      'load',
      jobSource({ name: 'ccw-rif-load', body: 'ctx.workStarts(); return workDone();' }),
    );
    await project.write(
      'fix-up',
      jobSource({
        name: 'beneficiary-mbi-fixup',
        body: "ctx.workStarts(); throw new JobError('PEPPER_GONE', 'The pepper is gone.');",
      }),
    );
    const host = project.start();
    await host.waitFor({ event: 'run.finished', job: 'ccw-rif-load' });
    await host.waitFor({ event: 'run.finished', job: 'beneficiary-mbi-fixup' });
    await host.stop();
    lines.push(...host.events);
    return () => close.disposeAsync();
  });

  it('are answered by the searches for Splunk, over the lines that a host wrote', () => {
    const finished = (job: string) =>
      lines.find((line) => line.event === 'run.finished' && line.job === job);
    const [last = '', lastNight = '', failing = ''] = blocks('spl');
    // "Last night" seen from tomorrow at noon, so that the run is in it whenever this test runs.
    const at = new Date(String(finished('beneficiary-mbi-fixup')?.['time']));
    const tomorrow = new Date(new Date(at).setUTCHours(12) + 86_400_000);

    expect(splunkSearch(last, lines, at)).toEqual([
      {
        time: finished('ccw-rif-load')?.['time'],
        result: 'succeeded',
        durationMs: finished('ccw-rif-load')?.['durationMs'],
      },
    ]);
    expect(splunkSearch(lastNight, lines, tomorrow)).toMatchObject([
      { result: 'failed', errorCode: 'PEPPER_GONE', error: 'The pepper is gone.' },
    ]);
    expect(
      splunkSearch(lastNight.replace('beneficiary-mbi-fixup', 'ccw-rif-load'), lines, tomorrow),
    ).toEqual([]);
    expect(splunkSearch(failing, lines, at)).toEqual([
      {
        job: 'beneficiary-mbi-fixup',
        errorCode: 'PEPPER_GONE',
        count: 1,
        'latest(error)': 'The pepper is gone.',
      },
    ]);
  });

  it('are answered by the documented SQL', async () => {
    const [lastRun = '', lastNight = ''] = blocks('sql');
    const { pool } = project.database;

    const { rows } = await pool.query(lastRun);
    expect(rows).toMatchObject([{ last_result: 'succeeded' }]);
    expect(rows[0].last_duration).toBeDefined();
    expect((await pool.query(lastNight)).rows).toMatchObject([
      { result: 'failed', error_code: 'PEPPER_GONE', error: 'The pepper is gone.' },
    ]);
  });

  it('are answered by the command line', async () => {
    const [lastRun = '', lastNight = ''] = [
      ...TELEMETRY.matchAll(/`npx bfd-host (runs .*?)`/g),
    ].map(([, command = '']) => command);
    const said = async (command: string) => (await project.command(...command.split(' '))).stdout;

    expect(await said(lastRun)).toMatch(/^\d+ s ago +ccw-rif-load +succeeded +[\d.]+ m?s/m);
    expect(await said(lastNight)).toMatch(
      /beneficiary-mbi-fixup +failed .*PEPPER_GONE: The pepper is gone\./,
    );
    expect(await said(lastNight.replace('beneficiary-mbi-fixup', 'ccw-rif-load'))).toMatch(
      /^No run of ccw-rif-load failed since \d{4}-/,
    );
  });

  it('fit the source type for Splunk: time first, one line, at most 8 KiB', async () => {
    const props = Object.fromEntries(
      read('recipes/splunk-props.conf')
        .split('\n')
        .filter((line) => /^[A-Z_]+ = /.test(line))
        .map((line) => line.split(' = ') as [string, string]),
    );
    for (const line of lines) {
      const text = JSON.stringify(line);
      expect(text).toMatch(new RegExp(props['TIME_PREFIX'] ?? '^$'));
      expect(text.length).toBeLessThan(Number(props['TRUNCATE']));
      const time = text
        .slice('{"time":"'.length)
        .slice(0, Number(props['MAX_TIMESTAMP_LOOKAHEAD']));
      expect(new Date(time).toISOString()).toBe(line['time']);
    }
  });
});

describe('the metrics', () => {
  const names = async (): Promise<string[]> => {
    const telemetry = new Telemetry({
      config: {},
      env: {},
      bootId: 'b',
      output: { emit: () => {} },
    });
    const run = { job: 'a', runId: 'r', attempt: 1, trigger: 'schedule' };
    const { events, metrics } = telemetry;
    events.emit({ event: 'run.started', ...run, startedAt: '', waitedMs: 3 });
    events.emit({ event: 'run.progress', ...run, runId: 's', done: 10, unit: 'rows' });
    events.emit({
      event: 'run.finished',
      ...run,
      result: 'failed',
      durationMs: 9,
      counts: { rows: 3 },
      errorCode: 'X',
    });
    events.emit({
      event: 'fire.missed',
      job: 'a',
      first: '',
      last: '',
      fires: 3,
      reason: 'host-down',
    });
    metrics.lost('logs', 2);
    const seen = {
      name: 'a',
      lastResult: 'failed',
      lastSuccessAt: new Date(),
      asOf: new Date(),
      pausedAt: null,
      crashes: null,
    };
    const alive = {
      job: 'a',
      plugin: 'p',
      pid: 1,
      state: 'idle',
      runs: 1,
      rssMb: 50,
      restarts: 1,
      uid: undefined,
    } as const;
    metrics.see({ jobs: [seen as never], processes: [alive] });
    const text = await telemetry.prometheus();
    return [...text.matchAll(/^# TYPE (\w+)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'target_info');
  };

  it('are all in the documents, and no others', async () => {
    const documented = [
      ...TELEMETRY.matchAll(/^\| `([a-z_.]+)` \| (counter|gauge|histogram|up-down)/gm),
    ].map(
      ([, name = '', kind]) => `${name.replaceAll('.', '_')}${kind === 'counter' ? '_total' : ''}`,
    );
    expect((await names()).sort()).toEqual(documented.sort());
  });

  it('are what alerts and dashboard ask for, in queries that Prometheus understands', async () => {
    const rules: { groups: { rules: { alert: string; expr: string }[] }[] } = parseYaml(
      read('recipes/prometheus-rules.yaml'),
    );
    const dashboard: { panels: { targets: { expr: string }[] }[] } = JSON.parse(
      read('recipes/grafana-dashboard.json'),
    );
    const known = new Set(await names());
    const queries = [
      ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];

    expect(queries.length).toBeGreaterThan(15);
    for (const query of queries) {
      const { metrics, isValid } = promql(query);
      expect(isValid, query).toBe(true);
      expect(metrics.length, query).toBeGreaterThan(0);
      for (const name of metrics) expect(known).toContain(name.replace(/_(bucket|sum|count)$/, ''));
    }
  });
});

/** The metrics that a query asks for, read with the parser of Prometheus's own editor. */
function promql(query: string): { metrics: string[]; isValid: boolean } {
  const metrics: string[] = [];
  let isValid = true;
  parser.parse(query).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) isValid = false;
      if (type.name === 'Identifier') metrics.push(query.slice(from, to));
    },
  });
  return { metrics, isValid };
}
