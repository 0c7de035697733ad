/** Whether the server speaks a version of the API that this load understands. */

/** `^1.2.3`: the same major, not older. `~1.2.3`: the same major and minor, not older. `1.2.3`: that one. */
export const VERSION_RANGE = /^[\^~]?\d+\.\d+\.\d+$/;

type Version = readonly [major: number, minor: number, patch: number];

/**
 * Whether `version` is in `range`. A server may put where its data comes from before its version, up to a colon.
 *
 * @example
 * isInRange('S3:0.14.2', '^0.14.1'); // true
 */
export function isInRange(version: string, range: string): boolean {
  const is = parse(version.slice(version.lastIndexOf(':') + 1));
  const wanted = parse(range.replace(/^[\^~]/, ''));
  if (!is || !wanted) return false;
  const isSame = (parts: number) => is.slice(0, parts).join() === wanted.slice(0, parts).join();
  switch (range[0]) {
    case '^':
      return isSame(1) && isNotOlder(is, wanted);
    case '~':
      return isSame(2) && isNotOlder(is, wanted);
    default:
      return isSame(3);
  }
}

function parse(text: string): Version | undefined {
  const [, major, minor, patch] = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text.trim()) ?? [];
  return patch === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function isNotOlder(is: Version, wanted: Version): boolean {
  for (const part of [0, 1, 2] as const) {
    if (is[part] !== wanted[part]) return is[part] > wanted[part];
  }
  return true;
}
