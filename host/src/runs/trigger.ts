import type { Trigger } from '@bfd-host/sdk';

/** What a trigger says besides its kind: the moment, the other job, or who asked. */
export function triggerDetail(trigger: Trigger): string | null {
  switch (trigger.kind) {
    case 'schedule':
      return trigger.scheduledAt;
    case 'dependency':
      return trigger.upstream;
    case 'startup':
      return null;
    case 'manual':
      return trigger.requestedBy;
  }
}
