/** The log of a service: appended to by the service itself, kept below a few megabytes. */
import { open, rename, stat } from 'node:fs/promises';

const ROTATE_BYTES = 5 * 1024 * 1024;

export interface OpenLog extends AsyncDisposable {
  readonly fd: number;
  /** Bytes in the file before this start: what follows is about this start. */
  readonly sizeBefore: number;
}

/** Opens the log for a service about to start; a long one is first put aside as `<path>.1`. */
export async function openLog(path: string): Promise<OpenLog> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined && existing.size > ROTATE_BYTES) await rename(path, `${path}.1`);
  const file = await open(path, 'a', 0o600);
  const { size } = await file.stat();
  return { fd: file.fd, sizeBefore: size, [Symbol.asyncDispose]: () => file.close() };
}
