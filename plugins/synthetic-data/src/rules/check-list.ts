/** All rules for a data set of made-up people and care. */

import { CLAIM_RULES } from './claim-rules.ts';
import { CODE_RULES } from './code-rules.ts';
import { FORMAT_RULES } from './format-rules.ts';
import { IDENTITY_RULES } from './identity-rules.ts';
import { MONEY_RULES } from './money-rules.ts';
import type { Rule } from './rule.ts';
import { YEAR_RULES } from './year-rules.ts';

export const CHECK_LIST: readonly Rule[] = [
  ...FORMAT_RULES,
  ...IDENTITY_RULES,
  ...YEAR_RULES,
  ...CODE_RULES,
  ...CLAIM_RULES,
  ...MONEY_RULES,
];
