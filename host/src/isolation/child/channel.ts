// The child's end of the channel. What is said is written at once and synchronously: a process that is about
// to die, or whose plugin blocks the loop, has still said it.

import { Socket } from 'node:net';
import { LineReader } from '../line-reader.ts';
import type { ChildMessage, HostMessage } from '../protocol.ts';
import { CHANNEL_FD, COUNTER_FD } from '../protocol-version.ts';
import { encode, endAtOnce, parseJson, readByte, writeAll } from './private.ts';

const READ_BYTES = 16 * 1024;
const LONGEST_LINE = Number.POSITIVE_INFINITY;

export function say(message: ChildMessage): void {
  try {
    writeAll(CHANNEL_FD, `${encode(message)}\n`);
  } catch {
    // The host is gone, and with it the reason to be here.
    endAtOnce();
  }
}

/** Notes that a run is taken on, where the host looks if it hears nothing of it. */
export function countRun(): void {
  readByte(COUNTER_FD);
}

/** Passes on each message of the host; ends the process when the host is gone. */
export function listen(onMessage: (message: HostMessage) => void): void {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const lines = new LineReader(LONGEST_LINE);
  // The host is of the same build and started this process: its word is taken.
  const takeLine = (line: string) => onMessage(parseJson(line) as HostMessage);
  // Past the machinery of streams, which costs time in each run and which a plugin can break.
  const socket = new Socket({
    fd: CHANNEL_FD,
    readable: true,
    writable: false,
    onread: {
      buffer,
      callback: (length) => {
        lines.take(buffer.subarray(0, length), takeLine);
        return true;
      },
    },
  });
  socket.on('error', endAtOnce);
  socket.on('close', endAtOnce);
}
