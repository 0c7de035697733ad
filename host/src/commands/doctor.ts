// `bfd-host doctor`: what is wrong, and what to do about it.

import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson, tinted } from './output.ts';

export async function doctorCommand(options: {
  config: string;
  json?: boolean;
}): Promise<ExitCode> {
  const findings = await examine(options.config, process.env);
  const isWell = findings.every(({ state }) => state !== 'wrong');
  if (options.json) printJson({ isWell, findings });
  else print(tell(findings));
  return isWell ? EXIT.ok : EXIT.failed;
}

/**
 * @example
 * ok    database       the database answers in 0.4 ms
 * WRONG s3             there is no bucket claims, which ccw-rif-load uses
 *                      What to do: Create it, or …
 */
function tell(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ area, state, text, remedy }) => {
    const line = `${mark(state)}  ${area.padEnd(AREA_WIDTH)}  ${text}`;
    return remedy === undefined ? [line] : [line, `${' '.repeat(INDENT)}What to do: ${remedy}`];
  });
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const warnings = findings.filter(({ state }) => state === 'warning').length;
  return [...lines, '', verdict(wrong, warnings)].join('\n');
}

const AREA_WIDTH = 'configuration'.length;
const INDENT = 7 + 2 + AREA_WIDTH;

function mark(state: Finding['state']): string {
  switch (state) {
    case 'ok':
      return tinted('good', 'ok   ');
    case 'warning':
      return tinted('warn', 'warn ');
    case 'wrong':
      return tinted('bad', 'WRONG');
  }
}

function verdict(wrong: number, warnings: number): string {
  const warned =
    warnings === 0
      ? ''
      : ` ${warnings === 1 ? 'One thing' : `${warnings} things`} to keep an eye on.`;
  if (wrong === 0) return `All is well.${warned}`;
  return `${wrong === 1 ? 'One thing is' : `${wrong} things are`} wrong.${warned}`;
}
