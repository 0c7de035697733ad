/** Which messages are not for storing, although nothing is wrong with them. */

import type { ClaimType } from '../layout/layout.ts';
import type { ClaimChange } from '../protocol/protocol.ts';

export function isDelete({ change_type: type }: ClaimChange): boolean {
  return type === 'CHANGE_TYPE_DELETE';
}

/**
 * Whether a FISS claim has a document control number that is none: zeros or blanks alone, or an X in each of
 * the places 15 to 17. The claim system makes such claims for itself.
 */
export function isPlaceholder(type: ClaimType, { claim }: ClaimChange): boolean {
  if (type !== 'FISS') return false;
  const dcn = claim?.['dcn'];
  return typeof dcn === 'string' && /^(0+|\s+)$|^.{14}X{3}/s.test(dcn);
}
