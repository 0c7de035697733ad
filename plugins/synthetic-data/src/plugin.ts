/** The plugin's entry: what the bundle exports. */

import { definePlugin } from '@bfd-host/sdk';
import { SyntheaPublish } from './synthea-publish.ts';
import { SyntheticData } from './synthetic-data.ts';

export default definePlugin({ jobs: [SyntheticData, SyntheaPublish] });
