// The command `create-bfd-job`, entered by bin/create-bfd-job.cjs. It runs on the machine's own Node, from 20 on.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { KINDS, type Said, settle } from './answers.ts';
import { Cancelled, CreateError } from './create-error.ts';
import { choosePlace } from './place.ts';
import { projectFiles } from './project-files.ts';
import { VERSION } from './versions.ts';
import { writeProject } from './write-project.ts';

const HELP = `Writes a small project for a job of bfd-host: typed, with a test, ready to run and to build.

Usage: npx create-bfd-job [name] [options]

Options:
  --kind <kind>          ${Object.keys(KINDS).join(', ')} (empty if absent)
  --schedule <cron>      five fields, six with seconds first, or "none" (every five minutes if absent)
  --timezone <zone>      of the schedule, such as America/New_York (UTC if absent)
  --depends-on <job>     a job it runs after, with a version if it matters: database-schema@>=42; may be repeated
  --needs <list>         what an empty job asks for: db,s3,config
  --into <folder>        where its folder goes (here, or plugins/ of the repository of bfd-host one is in)
  -y, --yes              ask nothing, take what is usual
  -h, --help             this text
  -v, --version          of this program

Examples:
  npx create-bfd-job
  npx create-bfd-job load-people --kind poll-s3 --schedule "*/10 * * * *" --yes
  npx create-bfd-job nightly --kind sql --schedule "0 4 * * *" --timezone America/New_York --yes

Exit codes: 0 a project was written, 1 it could not be written, 2 wrong use, 130 cancelled.`;

const OPTIONS = {
  kind: { type: 'string' },
  schedule: { type: 'string' },
  timezone: { type: 'string' },
  'depends-on': { type: 'string', multiple: true },
  needs: { type: 'string' },
  into: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) return console.log(HELP);
  if (values.version) return console.log(VERSION);
  const [name, ...more] = positionals;
  if (more.length > 0) {
    throw new CreateError('BFD_CREATE_ANSWERS', [
      `one name is enough; found also ${more.join(', ')}`,
    ]);
  }
  const said: Said = { name, ...values, dependsOn: values['depends-on'] };
  const answers = settle(values.yes ? said : await askIfMissing(said));
  if ('problems' in answers) throw new CreateError('BFD_CREATE_ANSWERS', answers.problems);
  const place = choosePlace(answers.name, process.cwd(), values.into);
  const byHand = await writeProject(projectFiles(answers, place), place);
  console.log(nextSteps(place.folder, place.repository, byHand));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [problem = ''] = (error as Error).message.split('. ');
    throw new CreateError('BFD_CREATE_ANSWERS', [`${problem}; --help tells what there is`]);
  }
}

async function askIfMissing(said: Said): Promise<Said> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new CreateError('BFD_CREATE_NO_TERMINAL', [
      'there is no terminal to ask at; add --yes, and a name',
    ]);
  }
  // What is wrong with what was said is told before anything is asked.
  const settled = settle({ name: 'my-job', ...definedOf(said) });
  if ('problems' in settled) throw new CreateError('BFD_CREATE_ANSWERS', settled.problems);
  const { ask } = await import('./ask.ts');
  return ask(said);
}

function definedOf(said: Said): Said {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function nextSteps(
  folder: string,
  repository: string | undefined,
  byHand: readonly string[],
): string {
  const shown = path.relative(process.cwd(), folder);
  return [
    `${shown} is there. Next:`,
    ...byHand.map((step) => `  ${step}`),
    ...(repository === undefined
      ? [`  cd ${shown}`, '  npm install']
      : ['  npm install', `  cd ${shown}`]),
    '  npm run dev      # runs it, again after each change',
    '  npm test',
  ].join('\n');
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof Cancelled) {
    console.log('Nothing was written.');
    process.exitCode = 130;
  } else if (error instanceof CreateError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.code === 'BFD_CREATE_WRITE' ? 1 : 2;
  } else throw error;
}
