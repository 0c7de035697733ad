import { definePlugin } from '@bfd-host/sdk';
import { CcwRifLoad } from './ccw-rif-load.ts';

export default definePlugin({ jobs: [CcwRifLoad], schemas: ['ccw'] });
