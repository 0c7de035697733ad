// The steps of the Dockerfile without a container engine: each stage is a folder, whose absolute paths stand for those
// of the image. What comes out must run a job, as a user that can write nowhere but to the state folder.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { describe, expect, it, vi } from 'vitest';
import { ranToEnd } from '../support/commands.ts';
import { HostProcess, Project } from '../support/project.ts';

vi.setConfig({ testTimeout: 600_000 });

const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const IS_DEEP = process.env['BFD_DEEP'] !== undefined;
/** Folders of the image that its steps name. */
const IMAGE_PATHS = /(?<![\w.])\/(out|app|build|tmp)(?=\/|\b)/g;
const USER = 10_001;

describe.skipIf(!IS_DEEP || process.getuid?.() !== 0)('the steps of the Dockerfile', () => {
  it('make a folder from which a job runs, and a host with its page', async () => {
    await using temp = await mkdtempDisposable(path.join(tmpdir(), 'bfd-image-'));
    await chmod(temp.path, 0o755);
    const image = await followSteps(temp.path);
    const app = path.join(image, 'app');
    await using project = await Project.make();
    const { endpoint, region, accessKeyId, secretAccessKey } = project.bucket.endpoint;
    const s3 = { endpoint, region, accessKeyId, secretAccessKey, forcePathStyle: true };
    await writeFile(path.join(app, 'host.config.json'), JSON.stringify({ s3, http: { port: 0 } }));

    const ran = await ranToEnd(asUser(app, ['run', 'database-schema'], project.database.url));

    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain('"result":"succeeded"');
    const host = new HostProcess(asUser(app, ['start', '--json'], project.database.url));
    try {
      const { page } = await host.waitFor({ event: 'host.started' });
      const html = await (await fetch(String(page))).text();
      const needed = [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, file = '']) => file);
      expect(needed).toContain('/main.js');
      for (const file of needed) {
        expect((await fetch(new URL(file, String(page)))).status, file).toBe(200);
      }
      expect(await host.stop()).toMatchObject({ exitCode: 0 });
    } finally {
      await host.kill();
    }

    const { stdout } = await run('find', [app, '-writable', '-path', '*/node_modules/*'], {
      uid: USER,
    });
    expect(stdout).toBe('');
  });
});

/** The last stage's folder. */
async function followSteps(parent: string): Promise<string> {
  const text = readFileSync(path.join(ROOT, 'tools/deploy/Dockerfile'), 'utf8');
  const stages = new Map<string, string>();
  let stage = '';
  let workdir = '/';
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    switch (instruction.getKeyword()) {
      case 'FROM': {
        stage = path.join(parent, `stage-${stages.size}`);
        await mkdir(path.join(stage, 'tmp'), { recursive: true, mode: 0o1777 });
        const [, , name = 'last'] = argumentsOf(instruction);
        stages.set(name, stage);
        break;
      }
      case 'WORKDIR':
        [workdir = '/'] = argumentsOf(instruction);
        await mkdir(path.join(stage, workdir), { recursive: true });
        break;
      case 'COPY':
        await copy(instruction as Copy, stage, workdir, stages);
        break;
      case 'RUN':
        await shell(instruction.getRawArgumentsContent() ?? '', stage, workdir);
        break;
      case 'ENV':
      case 'VOLUME':
      case 'USER':
      case 'ENTRYPOINT':
      case 'CMD':
        break; // of the container, not of its files
      default:
        throw new Error(`a step that is not known here: ${instruction.getKeyword()}`);
    }
  }
  return stage;
}

function argumentsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

async function copy(
  instruction: Copy,
  stage: string,
  workdir: string,
  stages: ReadonlyMap<string, string>,
): Promise<void> {
  const [from = '', to = ''] = argumentsOf(instruction);
  const target = path.join(stage, path.resolve(workdir, to));
  const source = instruction.getFromFlag()?.getValue();
  if (source) return cp(path.join(stages.get(source) ?? '', from), target, { recursive: true });
  // The context, which .dockerignore leaves as what is in the repository.
  const { stdout } = await run('git', ['-C', ROOT, 'ls-files', '-co', '--exclude-standard'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const file of stdout.split('\n').filter((name) => name !== '')) {
    await cp(path.join(ROOT, file), path.join(target, file));
  }
}

async function shell(command: string, stage: string, workdir: string): Promise<void> {
  const inStage = command.replace(IMAGE_PATHS, `${stage}/$1`);
  await run('sh', ['-euc', inStage], {
    cwd: path.join(stage, workdir),
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}` },
    maxBuffer: 64 * 1024 * 1024,
  });
}

function asUser(app: string, args: readonly string[], databaseUrl: string): ChildProcess {
  return spawn(process.execPath, [path.join(app, 'host/bin/bfd-host.cjs'), ...args], {
    cwd: app,
    env: { PATH: process.env['PATH'] ?? '', HOME: '/tmp', BFD_DATABASE_URL: databaseUrl },
    uid: USER,
    gid: USER,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
