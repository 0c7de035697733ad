/**
 * Checks who asks: AWS Signature Version 4, in the Authorization header or in a presigned address.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { S3Error } from './errors.ts';
import { decode, encode, header, type S3Request } from './request.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a valid signature says about the body that follows. */
export interface Signed {
  /** `x-amz-content-sha256`: a hash of the body, or the name of another form of proof. */
  readonly payload: string;
  /** What the signature of a first chunk builds on. */
  readonly chunks: ChunkSigning;
}

export interface ChunkSigning {
  readonly signingKey: Buffer;
  /** `20130524T000000Z` */
  readonly date: string;
  readonly scope: string;
  readonly seedSignature: string;
}

const SKEW_MS = 15 * 60_000;
const PRESIGNED_MAX_S = 7 * 24 * 3600;

/**
 * @param now - milliseconds since 1970
 * @throws {@link S3Error} AccessDenied, InvalidAccessKeyId, RequestTimeTooSkewed, SignatureDoesNotMatch
 */
export function checkSignature(request: S3Request, credentials: Credentials, now: number): Signed {
  const claim = request.query.has('X-Amz-Signature')
    ? presignedClaim(request, now)
    : headerClaim(request, now);
  if (claim.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key is not known here');
  }
  checkSignedHeaders(request, claim.signedHeaders);
  const scope = `${claim.day}/${claim.region}/s3/aws4_request`;
  const signingKey = deriveKey(credentials.secretAccessKey, claim.day, claim.region);
  const toSign = ['AWS4-HMAC-SHA256', claim.date, scope, sha256(canonical(request, claim))];
  if (!isSignature(claim.signature, hmac(signingKey, toSign.join('\n')))) {
    throw new S3Error('SignatureDoesNotMatch', 'The signature is not the one for this request');
  }
  const chunks = { signingKey, date: claim.date, scope, seedSignature: claim.signature };
  return { payload: claim.payload, chunks };
}

/** Whether a hexadecimal signature is this one, in constant time. */
export function isSignature(claimed: string, wanted: Buffer): boolean {
  const bytes = Buffer.from(claimed, 'hex');
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

export function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

interface Claim {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payload: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

function headerClaim(request: S3Request, now: number): Claim {
  const match = AUTHORIZATION.exec(header(request, 'authorization') ?? '');
  const [, credential, signedHeaders, signature] = match ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw denied('The request is not signed (AWS Signature Version 4)');
  }
  const date = header(request, 'x-amz-date') ?? '';
  if (Math.abs(now - timeOf(date)) > SKEW_MS) {
    throw new S3Error('RequestTimeTooSkewed', 'The clocks differ by more than 15 minutes');
  }
  const payload = header(request, 'x-amz-content-sha256');
  if (payload === undefined) throw denied('x-amz-content-sha256 is missing');
  return { ...scopeOf(credential, date), date, ...split(signedHeaders), signature, payload };
}

function presignedClaim(request: S3Request, now: number): Claim {
  const parameter = (name: string): string => {
    const value = request.query.get(`X-Amz-${name}`);
    if (value === undefined) throw denied(`X-Amz-${name} is missing`);
    return value;
  };
  if (parameter('Algorithm') !== 'AWS4-HMAC-SHA256') throw denied('The algorithm is not known');
  const date = parameter('Date');
  const expiresS = Number(parameter('Expires'));
  if (!(expiresS >= 1 && expiresS <= PRESIGNED_MAX_S)) throw denied('X-Amz-Expires is not valid');
  const signedAt = timeOf(date);
  if (signedAt - now > SKEW_MS) throw denied('The address is not valid yet');
  if (now > signedAt + expiresS * 1000) throw denied('Request has expired');
  const credential = parameter('Credential');
  const headers = split(parameter('SignedHeaders'));
  const signature = parameter('Signature');
  const payload = header(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  return { ...scopeOf(credential, date), date, ...headers, signature, payload };
}

function scopeOf(credential: string, date: string): Pick<Claim, 'accessKeyId' | 'day' | 'region'> {
  const [accessKeyId, day, region, service, end] = credential.split('/');
  const isComplete = accessKeyId !== undefined && day !== undefined && region !== undefined;
  if (!isComplete || service !== 's3' || end !== 'aws4_request' || !date.startsWith(day)) {
    throw denied('The credential is not KEY/DAY/REGION/s3/aws4_request');
  }
  return { accessKeyId, day, region };
}

function split(signedHeaders: string): Pick<Claim, 'signedHeaders'> {
  return { signedHeaders: signedHeaders.split(';') };
}

function timeOf(date: string): number {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const time = iso === date ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(time)) throw denied('The date of the signature is missing or not valid');
  return time;
}

// A header that changes what the request does must be covered, or anybody on the way could add it.
function checkSignedHeaders(request: S3Request, signed: readonly string[]): void {
  const wanted = Object.keys(request.http.headers).filter(
    (name) => name === 'host' || name.startsWith('x-amz-'),
  );
  const missing = wanted.find((name) => !signed.includes(name));
  if (missing !== undefined || !signed.includes('host')) {
    throw denied(`The header ${missing ?? 'host'} is not signed`);
  }
}

function canonical(request: S3Request, claim: Claim): string {
  // S3 encodes the path once, unlike other services: each segment is decoded and encoded again.
  const path = request.rawPath
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/');
  const query = request.queryPairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort(byParameter)
    .join('&');
  const headers = claim.signedHeaders
    .map((name) => `${name}:${(header(request, name) ?? '').trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  const names = claim.signedHeaders.join(';');
  return [request.method, path, query, headers, names, claim.payload].join('\n');
}

// Names first, then values: comparing "name=value" as one would put "a-b=" before "a=".
function byParameter(left: string, right: string): number {
  const [leftName = '', leftValue = ''] = left.split('=');
  const [rightName = '', rightValue = ''] = right.split('=');
  if (leftName !== rightName) return leftName < rightName ? -1 : 1;
  return leftValue < rightValue ? -1 : leftValue > rightValue ? 1 : 0;
}

function deriveKey(secret: string, day: string, region: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 's3'), 'aws4_request');
}

function sha256(data: string): string {
  return createHash('sha256').update(data).digest('hex');
}

function denied(message: string): S3Error {
  return new S3Error('AccessDenied', message);
}
