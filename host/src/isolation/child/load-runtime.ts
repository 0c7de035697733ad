// Loads the bundled runtime with code that was compiled when it was built: the S3 client alone would else take as long
// to compile as Node to start. Node's own compile cache does this only where it may also write, which a job may not.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { constants, Script } from 'node:vm';

/** Beside a file of the runtime: its compiled code. */
export const CODE_SUFFIX = '.code';

type Load = (id: string) => unknown;
type Wrapped = (exports: unknown, require: Load, module: { exports: unknown }) => void;

/**
 * @param folder - of the files
 * @param entry - runs first
 * @param onScript - told of each file before it runs
 */
export function loadRuntime(
  folder: string,
  entry: string,
  onScript: (file: string, script: Script) => void = () => {},
): void {
  const modules = new Map<string, { exports: unknown }>();

  function load(id: string): unknown {
    if (!id.startsWith('./')) return builtIn(id);
    const known = modules.get(id);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(id, module);
    const file = path.join(folder, id);
    const script = compile(file);
    onScript(file, script);
    const run: Wrapped = script.runInThisContext();
    run(module.exports, load, module);
    return module.exports;
  }

  load(`./${entry}`);
}

function compile(filename: string): Script {
  const source = readFileSync(filename, 'utf8');
  const cachedData = compiledCode(filename);
  return new Script(`(function (exports, require, module) {${source}\n})`, {
    filename,
    ...(cachedData ? { cachedData } : {}), // passed over if it is of another Node
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

function compiledCode(filename: string): Buffer | undefined {
  try {
    return readFileSync(filename + CODE_SUFFIX);
  } catch {
    return undefined; // it is being made
  }
}

function builtIn(id: string): unknown {
  const module: unknown = process.getBuiltinModule(id);
  if (module === undefined) throw Object.assign(new Error(id), { code: 'MODULE_NOT_FOUND' });
  return module;
}
