import { definePlugin } from '@bfd-host/sdk';
import { bareJobs } from '../../acting.ts';
import * as ends from './ends.ts';
import { ConfigOfEveryKind } from './kinds.ts';
import * as starts from './starts.ts';

export default definePlugin({
  jobs: [...bareJobs(ends), ...Object.values(starts), ConfigOfEveryKind],
});
