// Entry of the process that loads a bundle once, to learn what it declares. It runs with nothing: no services,
// no environment, no network, and may read its own files and the bundle only. Its report is one line of JSON
// on fd 3, as stdout belongs to whatever the bundle prints.

import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const REPORT_FD = 3;
const bundle = pathToFileURL(process.argv[2] ?? '').href;

function report(message: Record<string, unknown>): never {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < line.length; ) sent += writeSync(REPORT_FD, line, sent);
  process.exit(0);
}

function reportThrown(thrown: unknown): never {
  const error = thrown as Partial<Error> & { code?: unknown; problems?: unknown };
  // By code and not by class: the bundle holds its own copy of the SDK.
  if (error?.code === 'BFD_PLUGIN_DEFINITION' && Array.isArray(error.problems)) {
    report({ kind: 'definition', problems: error.problems.map(String) });
  }
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  report({
    kind: 'threw',
    message: isError ? `${error.name}: ${error.message}` : String(thrown),
    stack: isError ? String(error.stack) : '',
    isDenied: error?.code === 'ERR_ACCESS_DENIED',
  });
}

// A bundle is a module, whatever a package.json above its folder says.
registerHooks({
  load: (url, context, next) =>
    next(url, url === bundle ? { ...context, format: 'module' } : context),
});
process.on('uncaughtException', reportThrown);

try {
  const { default: plugin } = await import(bundle);
  if (typeof plugin !== 'object' || typeof plugin?.create !== 'function') {
    report({ kind: 'no-plugin', found: plugin === null ? 'null' : typeof plugin });
  }
  const { apiVersion, sdkVersion, privileges, schemas, jobs } = plugin;
  report({
    kind: 'described',
    description: { apiVersion, sdkVersion, privileges, schemas, jobs },
  });
} catch (error) {
  reportThrown(error);
}
