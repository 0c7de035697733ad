// Commands as somebody at a terminal sees them, and as a pipe does: the real program on a real database, with what it
// writes caught. Colours and width depend on what kind of stream standard output is, so that is what a test chooses.

import { buildProgram } from '../../host/src/commands/program.ts';
import { tellError } from '../../host/src/commands/tell-error.ts';

export interface Said {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

export interface Stream {
  /** Absent: a pipe. */
  readonly columns?: number;
  readonly hasColours?: boolean;
}

/** Runs a command to its end in this process. */
export async function say(args: readonly string[], stream: Stream = {}): Promise<Said> {
  const caught = { out: '', err: '' };
  const restore = [
    catchWrites(process.stdout, (text) => {
      caught.out += text;
    }),
    catchWrites(process.stderr, (text) => {
      caught.err += text;
    }),
    become(process.stdout, stream),
  ];
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await buildProgram().parseAsync(['node', 'bfd-host', ...args]);
    return { ...caught, exitCode: Number(process.exitCode ?? 0) };
  } catch (error) {
    const { text, exitCode } = tellError(error);
    return { out: caught.out, err: caught.err + text, exitCode };
  } finally {
    process.exitCode = before;
    for (const undo of restore) undo();
  }
}

function catchWrites(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write;
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    take(String(chunk));
    const done = rest.find((each) => typeof each === 'function');
    if (typeof done === 'function') done();
    return true;
  }) as typeof stream.write;
  return () => {
    stream.write = write;
  };
}

/** Gives a stream the members by which programs know what it is. */
function become(stream: NodeJS.WriteStream, { columns, hasColours = false }: Stream): () => void {
  const isTerminal = columns !== undefined;
  const members = {
    isTTY: isTerminal,
    columns,
    hasColors: () => hasColours,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  };
  const before = Object.keys(members).map(
    (name) => [name, Object.getOwnPropertyDescriptor(stream, name)] as const,
  );
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(stream, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, was] of before) {
      if (was) Object.defineProperty(stream, name, was);
      else Reflect.deleteProperty(stream, name);
    }
  };
}
