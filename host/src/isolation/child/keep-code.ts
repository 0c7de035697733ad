// Part of the build: runs the runtime once, as in a job's process, and on SIGUSR2 keeps what was compiled meanwhile.
//   node keep-code.ts FOLDER ENTRY

import { writeFileSync } from 'node:fs';
import type { Script } from 'node:vm';
import { CODE_SUFFIX, loadRuntime } from './load-runtime.ts';

const [folder = '', entry = ''] = process.argv.slice(2);
const scripts = new Map<string, Script>();

process.once('SIGUSR2', () => {
  for (const [file, script] of scripts)
    writeFileSync(file + CODE_SUFFIX, script.createCachedData());
  process.exit();
});

loadRuntime(folder, entry, (file, script) => scripts.set(file, script));
