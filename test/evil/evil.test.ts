// Real plugins that misbehave, one fault each, in a real host beside a job that fires every second. The short form
// runs a few of each kind, BFD_DEEP=1 all of them.

import { beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, QUICK_FAULTS } from './faults/index.ts';
import { type FaultReport, runFaults } from './run-faults.ts';

const faults = process.env['BFD_DEEP'] ? FAULTS : QUICK_FAULTS;

describe.runIf(process.platform === 'linux')('a job beside the victim', () => {
  const reports = new Map<string, FaultReport>();
  beforeAll(async () => {
    const told = await runFaults(faults, { atATime: 2 });
    for (const report of told.faults) reports.set(report.name, report);
  }, 1_800_000);

  it.each(faults)('that $does costs its own run and nothing else', ({ name, ends, cannotWork }) => {
    expect(reports.get(name)).toMatchObject({
      isHostAlive: true,
      ...ends,
      ...(cannotWork ? {} : { nextResult: 'succeeded' }),
      orphans: 0,
      leftInDatabase: 0,
      victim: { missed: 0, unrecorded: 0 },
    });
  });
});
