#!/usr/bin/env node
'use strict';
// ES2019 and CommonJS on purpose: a Node too old for the rest must still be able to read this.

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const NEEDED = [20, 12];
const MAIN = join(__dirname, '../dist/main.js');

const [major, minor] = process.versions.node.split('.').map(Number);
if (!existsSync(MAIN)) {
  refuse(
    'create-bfd-job is not built. Run "npm run build" in the project\'s folder. (BFD_NOT_BUILT)',
  );
} else if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  import(pathToFileURL(MAIN).href);
} else {
  refuse(
    `create-bfd-job needs Node ${NEEDED.join('.')} or newer, this is ${process.version}. (BFD_NODE_VERSION)`,
  );
}

function refuse(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 2;
}
