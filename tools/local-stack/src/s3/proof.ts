/**
 * How a server proves to be ours, and not somebody who happens to listen on its old port: it answers a
 * challenge with a key that was given to it at its start. The one address that needs no signature.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** No bucket can have this name. */
export const PROOF_PATH = '/-/proof';

const ASK_MS = 5000; // a busy machine is slow, and who is found silent is killed

export function proofFor(proofKey: string, challenge: string): string {
  return createHmac('sha256', proofKey).update(challenge).digest('hex');
}

/** Whether the server that holds this key listens on this port. */
export async function provesItself(port: number, proofKey: string): Promise<boolean> {
  const challenge = randomBytes(16).toString('hex');
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${PROOF_PATH}?challenge=${challenge}`, {
      signal: AbortSignal.timeout(ASK_MS),
    });
    const claimed = Buffer.from(await answer.text(), 'hex');
    const wanted = Buffer.from(proofFor(proofKey, challenge), 'hex');
    return claimed.length === wanted.length && timingSafeEqual(claimed, wanted);
  } catch {
    return false;
  }
}
