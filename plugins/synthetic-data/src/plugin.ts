/** The plugin's entry: what the bundle exports. */

import { definePlugin } from '@bfd-host/sdk';
import { SyntheticData } from './synthetic-data.ts';

export default definePlugin({ jobs: [SyntheticData] });
