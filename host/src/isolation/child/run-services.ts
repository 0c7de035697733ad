import type { BundleText } from '../bundle-text.ts';
import type { JobDatabase } from './database.ts';
import type { JobS3 } from './s3.ts';
import type { Spans } from './spans.ts';

/** What the runs of one job process share. Only what the job injects is there. */
export interface RunServices {
  readonly job: string;
  readonly bundle: BundleText;
  readonly bundleUrl: string;
  readonly tempFolder: string;
  readonly spans: Spans;
  readonly database?: JobDatabase;
  readonly s3?: JobS3;
}
