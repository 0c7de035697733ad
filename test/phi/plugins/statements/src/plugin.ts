import { definePlugin } from '@bfd-host/sdk';
import { databaseJobs } from '../../acting.ts';
import * as statements from './statements.ts';

export default definePlugin({ schemas: ['phi'], jobs: databaseJobs(statements) });
