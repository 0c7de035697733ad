import { definePlugin } from '@bfd-host/sdk';
import { databaseJobs } from '../../acting.ts';
import * as rows from './rows.ts';

export default definePlugin({ schemas: ['phi'], jobs: databaseJobs(rows) });
