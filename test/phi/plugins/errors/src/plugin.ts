import { definePlugin } from '@bfd-host/sdk';
import { bareJobs } from '../../acting.ts';
import * as errors from './errors.ts';

export default definePlugin({ jobs: bareJobs(errors) });
