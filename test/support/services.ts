/**
 * One PostgreSQL and one S3 server for a whole test run. Test processes find them by an environment variable, see
 * `freshDatabase` in the testkit.
 */
import { ownStack, SERVICES_VARIABLE } from '@bfd-host/testkit';

export default async function startServices(): Promise<() => Promise<void>> {
  const { postgres, s3, leave } = await ownStack();
  process.env[SERVICES_VARIABLE] = JSON.stringify({ postgres, s3 });
  return leave;
}
