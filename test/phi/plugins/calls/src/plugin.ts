import { definePlugin } from '@bfd-host/sdk';
import { bareJobs } from '../../acting.ts';
import * as calls from './calls.ts';

export default definePlugin({ jobs: bareJobs(calls) });
