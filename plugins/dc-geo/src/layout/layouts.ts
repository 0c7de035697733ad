import { FISS } from './fiss.ts';
import type { ClaimLayout, ClaimType } from './layout.ts';
import { MCS } from './mcs.ts';

export const LAYOUTS: Readonly<Record<ClaimType, ClaimLayout>> = { FISS, MCS };
