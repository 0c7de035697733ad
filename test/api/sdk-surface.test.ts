// What the SDK shows to authors of jobs is a promise. After a change that is meant: build, then
//   npx vitest run --config test/vitest.config.ts test/api -u
// and raise the version as semver says: a member taken away or asked for anew is a new major version.

import { describe, expect, it } from 'vitest';
import { publicApi } from './public-api.ts';
import { reference } from './reference.ts';

describe('the SDK', () => {
  it('shows authors what its report says, and its reference tells all of it', async () => {
    const { report, declarations } = await publicApi('sdk', 'index.d.ts');

    await expect(report).toMatchFileSnapshot('../../sdk/api-report.md');
    await expect(reference(declarations)).toMatchFileSnapshot('../../sdk/docs/reference.md');
  });

  it('shows host and builder what its other report says', async () => {
    const { report } = await publicApi('sdk', 'runtime.d.ts');

    await expect(report).toMatchFileSnapshot('../../sdk/api-report.runtime.md');
  });
});
