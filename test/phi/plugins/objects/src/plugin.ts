import { definePlugin } from '@bfd-host/sdk';
import { objectJobs } from '../../acting.ts';
import * as objects from './objects.ts';

export default definePlugin({ jobs: objectJobs(objects) });
