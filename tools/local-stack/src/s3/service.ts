import type { Home } from '../home.ts';
import type { S3State } from '../state.ts';
export interface S3Endpoint {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
export async function ensureS3(
  _home: Home,
  _known: S3State | undefined,
  _remember: (s: S3State) => Promise<void>,
  _signal: AbortSignal | undefined,
): Promise<S3Endpoint> {
  throw new Error('not yet');
}
export async function stopS3(_state: S3State): Promise<void> {}
