// The host's parts, loaded when a test first runs a job: one that only wants a database need not wait for them.

export type HostParts = typeof import('@bfd-host/host/testing');

export function hostParts(): Promise<HostParts> {
  return import('@bfd-host/host/testing');
}
