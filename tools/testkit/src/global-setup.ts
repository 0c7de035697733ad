// For vitest's `globalSetup`: the services of a test run, started before its tests and stopped after them.

import { joinShared, SERVICES_VARIABLE } from './fresh.ts';

export default async function startServices(): Promise<() => Promise<void>> {
  const { postgres, s3, leave } = await joinShared();
  process.env[SERVICES_VARIABLE] = JSON.stringify({ postgres, s3 });
  return leave;
}
