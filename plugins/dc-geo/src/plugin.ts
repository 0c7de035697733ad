import { definePlugin } from '@bfd-host/sdk';
import { RdaFissLoad, RdaMcsLoad } from './jobs.ts';

export default definePlugin({ jobs: [RdaFissLoad, RdaMcsLoad], schemas: ['rda'] });
