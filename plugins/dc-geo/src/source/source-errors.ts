/**
 * What went wrong between us and the API, in our own words: what a server says about an error may hold the data
 * the error is about, so only its status code is passed on.
 */

import { JobError, PermanentError, safe } from '@bfd-host/sdk';
import { type ServiceError, status } from '@grpc/grpc-js';

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}

/** Whether the connection was lost, so that connecting again may help. */
export function isConnectionLost(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return true;
    case status.INTERNAL:
      // Of our own gRPC library: the server, or what stands before it, reset the stream (HTTP/2 code 1 is
      // PROTOCOL_ERROR; code 2 with this text a broken socket).
      return /^Received RST_STREAM with code (1\b|2 triggered by internal client error)/.test(
        error.details,
      );
    default:
      return false;
  }
}

/** An error of the API as this job tells it. Other errors are returned as they are. */
export function sourceError(error: unknown): unknown {
  if (!isServiceError(error)) return error;
  const fields = { status: safe.name(status[error.code] ?? 'UNKNOWN') };
  const options = { cause: error };
  switch (error.code) {
    case status.UNAVAILABLE:
      return new JobError(
        'BFD_RDA_UNAVAILABLE',
        'The RDA API could not be reached, or the connection broke ({status}). Look whether it is up, and at host, port, tls and caCertificate.',
        fields,
        options,
      );
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new PermanentError(
        'BFD_RDA_TOKEN',
        'The RDA API does not accept the token ({status}). Set authToken to a valid one.',
        fields,
        options,
      );
    case status.UNIMPLEMENTED:
      return new PermanentError(
        'BFD_RDA_PROTOCOL',
        'The server does not know a method of the RDA API ({status}). Look whether host and port are those of the RDA API.',
        fields,
        options,
      );
    default:
      return defaultError(error, fields, options);
  }
}

function defaultError(
  error: ServiceError,
  fields: { readonly status: ReturnType<typeof safe.name> },
  options: ErrorOptions,
): JobError {
  if (isConnectionLost(error)) {
    return new JobError(
      'BFD_RDA_DROPPED',
      'The RDA API dropped the connection ({status}). The next run goes on from what is stored.',
      fields,
      options,
    );
  }
  // Of our own gRPC library: what came is no message of the protocol.
  if (error.code === status.INTERNAL && error.details.startsWith('Response message parsing')) {
    return new JobError(
      'BFD_RDA_MESSAGE',
      'The RDA API sent a message that is not of its protocol ({status}). Ask its operators; rdaVersion may be too wide.',
      fields,
      options,
    );
  }
  return new JobError(
    'BFD_RDA_SERVER',
    'The RDA API ended the stream with an error ({status}). The next run goes on from what is stored; if it stays, ask its operators.',
    fields,
    options,
  );
}
