import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { BEHAVIOURS, expectedOn, type TargetName } from './behaviours.ts';

const FILE = path.resolve(import.meta.dirname, '../../host/docs/orchestrators.md');
const EXECUTED: readonly TargetName[] = [
  'host',
  'step-functions',
  'kubernetes',
  'nomad',
  'conductor',
];

it('the documentation says of each behaviour where it is executed', async () => {
  const lines = (await readFile(FILE, 'utf8')).split('\n');
  const heading = `| behaviour | ${EXECUTED.join(' | ')} | airflow |`;
  const start = lines.indexOf(heading) + 2;
  const rows = BEHAVIOURS.map((behaviour) => {
    const cells = EXECUTED.map((name) => (expectedOn(name, behaviour) ? 'executed' : '–'));
    return `| ${behaviour.name} | ${cells.join(' | ')} | compiled |`;
  });
  expect(lines.slice(start, start + rows.length)).toEqual(rows);
});
