// `bfd-host`: what happens to the process as a whole, and the command line.

import { endSoon, guardProcess } from './commands/process-edges.ts';
import { buildProgram } from './commands/program.ts';
import { tellError } from './commands/tell-error.ts';

guardProcess();
try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  const { text, exitCode } = tellError(error);
  if (text !== '') process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}
endSoon();
