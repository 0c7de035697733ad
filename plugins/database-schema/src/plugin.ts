import { definePlugin } from '@bfd-host/sdk';
import { MigrateSchema } from './migrate-schema.ts';

export default definePlugin({ jobs: [MigrateSchema], schemas: ['ccw', 'rda'] });
