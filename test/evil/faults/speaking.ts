// Processes that break the rules of their channel to the host, which is file descriptor 3.

import { crashed, fault, SUCCEEDED } from './fault.ts';

const PROTOCOL = crashed('BFD_JOB_PROTOCOL');
const HANG = 'await delay(60_000);';
const say = `
  const say = (text) => {
    const bytes = Buffer.from(text);
    for (let sent = 0; sent < bytes.length; ) {
      try { sent += fs.writeSync(3, bytes, sent); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
    }
  };`;

export const SPEAKING = [
  fault(
    'says-garbage',
    'writes garbage to the channel',
    PROTOCOL,
    `say('\\u0000\\u00ff{{{ no JSON\\n'); ${HANG}`,
    { module: say, isQuick: true },
  ),
  fault(
    'says-too-much',
    'writes one message of 200 MB',
    PROTOCOL,
    `for (let n = 0; n < 200; n++) say('x'.repeat(1_000_000)); ${HANG}`,
    { module: say },
  ),
  fault(
    'says-unknown',
    'sends a message of a kind there is not',
    PROTOCOL,
    `say('{"type":"take-over","host":true}\\n'); ${HANG}`,
    { module: say },
  ),
  fault(
    'says-prototype',
    'sends a message with __proto__ and constructor in it',
    PROTOCOL,
    `say('{"type":"progress","runId":' + JSON.stringify(ctx.runId) +
       ',"done":1,"unit":"rows","__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}\\n'); ${HANG}`,
    { module: say },
  ),
  fault(
    'says-nested',
    'sends a message nested 400,000 levels deep',
    PROTOCOL,
    `say('['.repeat(400_000) + ']'.repeat(400_000) + '\\n'); ${HANG}`,
    { module: say },
  ),
  fault(
    'says-often',
    'sends 50,000 messages at once',
    PROTOCOL,
    `const line = '{"type":"progress","runId":' + JSON.stringify(ctx.runId) + ',"done":1,"unit":"rows"}\\n';
     for (let n = 0; n < 50_000; n++) say(line); ${HANG}`,
    { module: say, isQuick: true },
  ),
  fault(
    'ends-twice',
    'sends the end of its run twice',
    PROTOCOL,
    `const line = JSON.stringify({ type: 'result', runId: ctx.runId, outcome: { kind: 'nothing-to-do' }, isIdle: false }) + '\\n';
     say(line + line); ${HANG}`,
    { module: say },
  ),
  fault(
    'speaks-for-another',
    'sends a message of another run',
    PROTOCOL,
    `say('{"type":"work-starts","runId":"b3b1a8f4-0000-4000-8000-000000000000"}\\n'); ${HANG}`,
    { module: say },
  ),
  fault('closes-channel', 'closes the channel', PROTOCOL, `fs.closeSync(3); ${HANG}`),
  fault(
    'speaks-after-end',
    'sends a message when its run is long over',
    SUCCEEDED,
    `setTimeout(() => say('{"type":"work-starts","runId":' + JSON.stringify(ctx.runId) + '}\\n'), 150).unref();`,
    { module: say },
  ),
];
