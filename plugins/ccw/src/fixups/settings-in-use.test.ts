import { describe, expect, it } from 'vitest';
import {
  type AskedSettings,
  type Evidence,
  type SettingsInUse,
  settle,
} from './settings-in-use.ts';

const UNFINISHED = 'BFD_HASH_ROTATION_UNFINISHED';
const CHANGED = 'BFD_HASH_SETTINGS';
const WRONG_FROM = 'BFD_HASH_ROTATE_FROM';

const state = (
  current: string,
  fingerprint?: string,
  of: NonNullable<SettingsInUse['former']>['state'] = 'rotating',
): SettingsInUse => ({
  current,
  ...(fingerprint !== undefined && { former: { fingerprint, state: of } }),
});
const asked = (current: string, from?: string): AskedSettings => ({
  current,
  ...(from !== undefined && { from }),
});

type Case = [
  what: string,
  remembered: SettingsInUse | undefined,
  asked: AskedSettings,
  evidence: Evidence | undefined,
  expected: SettingsInUse | string,
];

const CASES: readonly Case[] = [
  ['the first settings, no hash stored', undefined, asked('a'), 'none', state('a')],
  ['the first settings, hashes made with them', undefined, asked('a'), 'current', state('a')],
  ['the first settings, hashes made with others', undefined, asked('a'), 'other', CHANGED],
  ['a rotation before any fix-up', undefined, asked('b', 'a'), 'from', state('b', 'a')],
  ['one that does not fit', undefined, asked('b', 'a'), 'other', WRONG_FROM],
  ['the same as ever', state('a'), asked('a'), undefined, state('a')],
  ['others', state('a'), asked('b'), 'other', CHANGED],
  ['others, proven by a few hashes only', state('a'), asked('b'), 'current', CHANGED],
  ['others, no hash stored', state('a'), asked('b'), 'none', state('b')],
  ['a rotation', state('a'), asked('b', 'a'), undefined, state('b', 'a')],
  ['a rotation from others', state('a'), asked('b', 'x'), 'other', WRONG_FROM],
  ['a rotation the wrong way', state('a'), asked('a', 'b'), undefined, WRONG_FROM],
  ['a rotation under way', state('b', 'a'), asked('b', 'a'), undefined, state('b', 'a')],
  ['its end, too early', state('b', 'a'), asked('b'), undefined, UNFINISHED],
  ['its reversal', state('b', 'a'), asked('a', 'b'), undefined, UNFINISHED],
  ['the next one, too early', state('b', 'a', 'complete'), asked('c', 'b'), undefined, UNFINISHED],
  ['its end', state('b', 'a', 'complete'), asked('b'), undefined, state('b', 'a', 'complete')],
  [
    'its end taken back',
    state('b', 'a', 'left'),
    asked('b', 'a'),
    undefined,
    state('b', 'a', 'complete'),
  ],
  [
    'something else under rotateFrom',
    state('b', 'a', 'left'),
    asked('b', 'x'),
    undefined,
    WRONG_FROM,
  ],
  ['the next one', state('b', 'a', 'left'), asked('c', 'b'), undefined, state('c', 'b')],
];

describe('settings', () => {
  it.each(CASES)('that are %s', async (_, remembered, settings, evidence, expected) => {
    const settled = settle(remembered, settings, async () => {
      if (evidence === undefined) throw new Error('stored hashes were looked at for nothing');
      return evidence;
    });

    if (typeof expected === 'string')
      await expect(settled).rejects.toMatchObject({ code: expected });
    else expect(await settled).toEqual(expected);
  });
});
