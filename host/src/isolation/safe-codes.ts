// Codes of Node and of S3 that may be shown as they are. Lists and not patterns, since an error's `code` is just
// a property that anybody may set to anything.

import { getSystemErrorMap } from 'node:util';

const SYSTEM = new Set([
  ...[...getSystemErrorMap().values()].map(([name]) => name),
  ...`EAI_AGAIN ENOTFOUND ENODATA ESERVFAIL CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN
    UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID ERR_ACCESS_DENIED
    ERR_MODULE_NOT_FOUND ERR_UNKNOWN_BUILTIN_MODULE ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE ERR_INVALID_STATE
    ERR_INVALID_URL ERR_OUT_OF_RANGE ERR_STREAM_PREMATURE_CLOSE ERR_STREAM_DESTROYED ERR_STREAM_WRITE_AFTER_END
    ERR_SOCKET_CONNECTION_TIMEOUT ERR_SOCKET_CLOSED ERR_STRING_TOO_LONG ERR_BUFFER_TOO_LARGE ERR_DLOPEN_DISABLED
    ERR_DLOPEN_FAILED ERR_WORKER_OUT_OF_MEMORY ERR_UNHANDLED_ERROR ERR_UNHANDLED_REJECTION ERR_METHOD_NOT_IMPLEMENTED
    ERR_ASSERTION ERR_ENCODING_INVALID_ENCODED_DATA ERR_CHILD_PROCESS_STDIO_MAXBUFFER ERR_OPERATION_FAILED
    ERR_MULTIPLE_CALLBACK ERR_BUFFER_OUT_OF_BOUNDS ERR_MISSING_ARGS ABORT_ERR Z_DATA_ERROR Z_BUF_ERROR`.split(
    /\s+/,
  ),
]);

const SYSCALLS = new Set(
  `access accept bind chmod chown close connect copyfile fstat fsync ftruncate getaddrinfo getnameinfo kill link
   listen lstat mkdir mkdtemp open opendir queryA queryAaaa read readdir readlink realpath rename rmdir scandir
   setsockopt shutdown spawn stat symlink truncate uv_spawn unlink watch write`.split(/\s+/),
);

const PERMISSIONS = new Set([
  ...[
    'FileSystemRead',
    'FileSystemWrite',
    'ChildProcess',
    'WorkerThreads',
    'Net',
    'Inspector',
    'WASI',
  ],
  ...['Addons', 'FFI'],
]);

const S3 = new Set(
  `AccessDenied AccountProblem AuthorizationHeaderMalformed BadDigest BucketAlreadyExists BucketAlreadyOwnedByYou
   BucketNotEmpty CredentialsProviderError EntityTooLarge EntityTooSmall ExpiredToken Forbidden IncompleteBody
   InternalError InvalidAccessKeyId InvalidArgument InvalidBucketName InvalidDigest InvalidObjectState InvalidPart
   InvalidPartOrder InvalidRange InvalidRequest InvalidSecurity InvalidToken KeyTooLongError MalformedXML
   MaxMessageLengthExceeded MetadataTooLarge MethodNotAllowed MissingContentLength NoSuchBucket NoSuchKey
   NoSuchUpload NotFound NotImplemented NotModified OperationAborted PermanentRedirect PreconditionFailed
   RequestTimeTooSkewed RequestTimeout ServiceUnavailable SignatureDoesNotMatch SlowDown TemporaryRedirect
   TimeoutError TokenRefreshRequired TooManyBuckets UnknownError XAmzContentSHA256Mismatch`.split(
    /\s+/,
  ),
);

export const safeCodes = {
  system: (code: string): boolean => SYSTEM.has(code),
  syscall: (name: string): boolean => SYSCALLS.has(name),
  permission: (name: string): boolean => PERMISSIONS.has(name),
  s3: (name: string): boolean => S3.has(name),
} as const;

const CLASSES = new Set(
  `Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError DOMException
   AssertionError SystemError ZodError Object Array String Number`.split(/\s+/),
);

/** Whether a class's name says nothing but which class it is. */
export function isKnownClass(name: string): boolean {
  return CLASSES.has(name);
}

/** "42", "1.4.0", "2.0.0-rc.1": what semver can read, and no number of a person. */
export function isVersion(text: string): boolean {
  return /^v?\d{1,8}(\.\d{1,8}){0,2}([-+][A-Za-z][A-Za-z0-9.-]{0,20})?$/.test(text);
}
