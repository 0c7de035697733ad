// Jobs for the tests of the process boundary: each does what its configuration says.

import { definePlugin } from '@bfd-host/sdk';
import { DatabaseFault } from './database-faults.ts';
import { Fault } from './faults.ts';
import { S3Fault } from './s3-faults.ts';
import { BadConstructor, FailingPreflight, HangingPreflight, StrictConfig } from './starts.ts';

export default definePlugin({
  jobs: [
    Fault,
    DatabaseFault,
    S3Fault,
    BadConstructor,
    FailingPreflight,
    HangingPreflight,
    StrictConfig,
  ],
});
