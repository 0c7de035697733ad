// The child's end of the channel. What is said is written at once and synchronously: a process that is about
// to die, or whose plugin blocks the loop, has still said it.

import { Socket } from 'node:net';
import type { ChildMessage, HostMessage } from '../protocol.ts';
import { CHANNEL_FD } from '../protocol-version.ts';
import { encode, endAtOnce, parseJson, writeAll } from './private.ts';

/** Several messages are one write. */
export function say(...messages: ChildMessage[]): void {
  let text = '';
  for (let index = 0; index < messages.length; index++) text += `${encode(messages[index])}\n`;
  try {
    writeAll(CHANNEL_FD, text);
  } catch {
    // The host is gone, and with it the reason to be here.
    endAtOnce();
  }
}

/** Passes on each message of the host; ends the process when the host is gone. */
export function listen(onMessage: (message: HostMessage) => void): void {
  const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: false });
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      // The host is of the same build and started this process: its word is taken.
      onMessage(parseJson(line) as HostMessage);
    }
  });
  socket.on('error', endAtOnce);
  socket.on('close', endAtOnce);
}
