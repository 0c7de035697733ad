// Two loads of one file at the same time. A lease keeps that from happening, but for an item of a run whose host stood still
// for so long that another one was given it.

import { describe, expect, it } from 'vitest';
import { TEST_HASHING, Workbench } from '../load.testkit.ts';
import { Random, recordsText } from '../rif/rows.testkit.ts';

const FILE = {
  name: 'history.csv',
  type: 'BENEFICIARY_HISTORY' as const,
  text: recordsText('BENEFICIARY_HISTORY', new Random('two loads'), { records: 60, firstId: -99 }),
};
/** Of a few records, and one at a time. */
const CONFIG = { ...TEST_HASHING, chunkBytes: 1_024, connections: 1 };

/** Begins a load that stands still when it has looked what is stored of the file: nothing. */
async function stalled(bench: Workbench) {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let commits = 0;
  bench.afterCommit = async () => {
    // First the data set is begun, then the file.
    if (++commits < 2) return;
    bench.afterCommit = async () => undefined;
    begun.resolve();
    await goOn.promise;
  };
  const error = bench.runToError();
  await begun.promise;
  return {
    goOn: () => {
      goOn.resolve();
      return error;
    },
  };
}

async function loadedOnce(): Promise<object> {
  await using bench = await Workbench.make(CONFIG);
  await bench.send([FILE]);
  await bench.run();
  const contents = await bench.contents();
  return contents;
}

describe('a load that stood still', () => {
  it('adds nothing to a file that another one has loaded meanwhile', async () => {
    await using bench = await Workbench.make(CONFIG);
    await bench.send([FILE]);
    const first = await stalled(bench);
    await bench.run();

    expect(await first.goOn()).toMatchObject({
      code: 'BFD_CCW_LOADED_ELSEWHERE',
      isPermanent: false,
    });

    expect(await bench.contents()).toEqual(await loadedOnce());
  });

  it('loads no chunk that another one has loaded meanwhile; the next goes on behind it', async () => {
    await using bench = await Workbench.make(CONFIG);
    await bench.send([FILE]);
    const first = await stalled(bench);
    bench.afterCommit = async () => {
      if ((await bench.count('ccw.load_chunks')) > 1) throw new Error('that is enough');
    };
    await bench.runToError();
    bench.afterCommit = async () => undefined;
    const before = await bench.contents();

    expect(await first.goOn()).toMatchObject({ code: 'BFD_CCW_LOADED_ELSEWHERE' });

    expect(await bench.contents()).toEqual(before);
    await bench.run();
    expect(await bench.contents()).toEqual(await loadedOnce());
  });
});
