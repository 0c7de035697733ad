// The bucket names what the server answers.

import { nothingToDo, type Outcome } from '@bfd-host/sdk';
import type { Acting, WithObjects } from '../../acting.ts';

type Job = Acting & WithObjects;

async function ask({ s3, person }: Job, bucket: string): Promise<Outcome> {
  await s3.getObject({ Bucket: bucket, Key: `${person.surname}/${person.mbi}` });
  return nothingToDo();
}

export const codeOfItsOwn = (job: Job): Promise<Outcome> => ask(job, 'own-code');
export const accessDenied = (job: Job): Promise<Outcome> => ask(job, 'denied');
export const unknownKey = (job: Job): Promise<Outcome> => ask(job, 'unknown-key');
export const answerThatIsNoXml = (job: Job): Promise<Outcome> => ask(job, 'no-xml');
export const bodyThatEndsEarly = async ({ s3, person }: Job): Promise<Outcome> => {
  const { Body } = await s3.getObject({ Bucket: 'early-end', Key: person.mbi });
  await Body?.transformToString();
  return nothingToDo();
};
