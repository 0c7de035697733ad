import { definePlugin } from '@bfd-host/sdk';
import { objectJobs } from '../../acting.ts';
import * as answers from './answers.ts';

export default definePlugin({ jobs: objectJobs(answers) });
