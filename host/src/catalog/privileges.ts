// What a plugin declares that it must be allowed beyond the usual, against what the operator grants.

import { isAbsolute, normalize, sep } from 'node:path';
import type { Privileges } from '@bfd-host/sdk';

/** As a manifest holds them. */
type Declared = { readonly [Name in keyof Privileges]: Privileges[Name] | undefined };

/** The declared privileges that are not granted, in words. */
export function missingGrants(declared: Declared, granted: Privileges): string[] {
  return [
    ...SWITCHES.filter((name) => declared[name] && !granted[name]),
    ...notIn('environment', declared.environment, granted.environment, (a, b) => a === b),
    ...notIn('read', declared.read, granted.read, isWithin),
    ...notIn('write', declared.write, granted.write, isWithin),
  ];
}

/**
 * The member of host.config.json that grants what is declared, and what is granted already.
 *
 * @example
 * grantLine('ccw', { network: true }, {}) // "plugins": { "ccw": { "grant": { "network": true } } }
 */
export function grantLine(plugin: string, declared: Declared, granted: Privileges): string {
  const union = (a: readonly string[] = [], b: readonly string[] = []) => [
    ...new Set([...a, ...b]),
  ];
  const grant: Record<string, unknown> = {};
  for (const name of LISTS) {
    const names = union(granted[name], declared[name]);
    if (names.length > 0) grant[name] = names;
  }
  for (const name of SWITCHES) if (declared[name] || granted[name]) grant[name] = true;
  const text = JSON.stringify({ [plugin]: { grant } }, null, 1).replaceAll(/\n\s*/g, ' ');
  return `"plugins": ${text}`;
}

/** What a plugin may do once everything it declares is granted. */
export function grantedPrivileges(declared: Declared): Privileges {
  const { environment = [], read = [], write = [] } = declared;
  const { network = false, childProcesses = false, workers = false, addons = false } = declared;
  return { environment, read, write, network, childProcesses, workers, addons };
}

const SWITCHES = ['network', 'childProcesses', 'workers', 'addons'] as const;
const LISTS = ['environment', 'read', 'write'] as const;

function notIn(
  name: string,
  declared: readonly string[] = [],
  granted: readonly string[] = [],
  covers: (grant: string, wish: string) => boolean,
): string[] {
  return declared
    .filter((wish) => !granted.some((grant) => covers(grant, wish)))
    .map((wish) => `${name} ${JSON.stringify(wish)}`);
}

/** A folder that is granted covers what is in it. */
function isWithin(grant: string, wish: string): boolean {
  if (grant === wish) return true;
  if (!isAbsolute(grant) || !isAbsolute(wish)) return false;
  const folder = normalize(`${grant}${sep}`);
  return normalize(wish).startsWith(folder) || normalize(`${wish}${sep}`) === folder;
}
