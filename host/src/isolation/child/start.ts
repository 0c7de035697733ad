// What Node is started with in a job's process.

import { loadRuntime } from './load-runtime.ts';

loadRuntime(import.meta.dirname, 'main.cjs');
