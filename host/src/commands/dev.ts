import { existsSync } from 'node:fs';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { devOutput } from '../dev/dev-output.ts';
import { DevSession } from '../dev/dev-session.ts';
import { configFileFor } from '../dev/dev-setup.ts';
import { BfdError } from '../errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { firstStopSignal } from './stop-signals.ts';
import { tellError } from './tell-error.ts';

class DevFolderError extends BfdError {
  readonly code = 'BFD_DEV_FOLDER';
  constructor(folder: string) {
    super(
      `${folder} holds no package.json, so it is no plugin's source. Name the folder of one, or make one: ` +
        'npx create-bfd-job my-job',
    );
  }
}

/** `bfd-host dev FOLDER`: builds a plugin whenever it changes, and runs it on embedded services, until a signal. */
export async function devCommand(
  folder: string,
  options: { readonly config?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const pluginFolder = path.resolve(folder);
  if (!existsSync(path.join(pluginFolder, 'package.json'))) throw new DevFolderError(folder);
  const configFile = options.config ?? configFileFor(pluginFolder);
  const output = devOutput(process.stdout, options.json === true);
  const describe = (error: unknown) => tellError(error).text;
  const session = new DevSession({ pluginFolder, configFile, output, describe });
  const stopped = firstStopSignal();
  const watcher = watchSource(pluginFolder, configFile, (isForced) => {
    void session.renew({ isForced });
  });
  await session.renew();
  await stopped;
  await watcher.close();
  await session[Symbol.asyncDispose]();
  output.host.emit({ event: 'host.stopped' });
  await output.host.close?.(CLOSE_MS);
  return EXIT.ok;
}

const CLOSE_MS = 1000;

/** Editors write a file in several steps, and tools several files. */
const SETTLE_MS = 100;

function watchSource(
  pluginFolder: string,
  configFile: string | undefined,
  onChange: (isForced: boolean) => void,
): FSWatcher {
  let timer: NodeJS.Timeout | undefined;
  let isForced = false;
  const ground = [path.join(pluginFolder, 'dev'), configFile].filter(
    (place) => place !== undefined,
  );
  const places = [pluginFolder, ...(configFile === undefined ? [] : [configFile])];
  return watch(places, { ignored: isMade(pluginFolder), ignoreInitial: true }).on(
    'all',
    (_, file) => {
      isForced ||= ground.some((place) => file.startsWith(place));
      clearTimeout(timer);
      timer = setTimeout(() => {
        onChange(isForced);
        isForced = false;
      }, SETTLE_MS);
    },
  );
}

/** What is not written by the author. */
function isMade(pluginFolder: string): (file: string) => boolean {
  const made = new Set(['node_modules', 'dist', '.bfd', '.git', 'coverage']);
  return (file) =>
    path
      .relative(pluginFolder, file)
      .split(path.sep)
      .some((part) => made.has(part));
}
