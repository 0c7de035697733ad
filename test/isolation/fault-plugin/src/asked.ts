import type { RunContext } from '@bfd-host/sdk';

/** What this run shall do: told by its trigger, so that one process can be asked for different things. */
export function asked({ trigger }: RunContext): string {
  return trigger.kind === 'manual' ? trigger.requestedBy : '';
}
