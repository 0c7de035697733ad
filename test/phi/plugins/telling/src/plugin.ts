import { definePlugin } from '@bfd-host/sdk';
import { bareJobs, databaseJobs } from '../../acting.ts';
import { itemThatTells } from './items.ts';
import * as telling from './telling.ts';
import * as throughTheDatabase from './through-the-database.ts';

export default definePlugin({
  schemas: ['phi'],
  jobs: [...bareJobs(telling), ...databaseJobs(throughTheDatabase, itemThatTells)],
});
