// Codes of Node and of S3 that may be shown as they are. Lists and not patterns, since an error's `code` is just
// a property that anybody may set to anything.

import { getSystemErrorMap } from 'node:util';
import type { BundleText } from './bundle-text.ts';

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

// The commands of the SDK, without those no job needs: settings of buckets. `Other` stands for them.
const S3_OPERATIONS = new Set(
  `Other AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload CreateSession DeleteBucket DeleteObject DeleteObjectAnnotation DeleteObjectTagging DeleteObjects DeletePublicAccessBlock GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetPublicAccessBlock HeadBucket HeadObject ListBuckets ListMultipartUploads ListObjectAnnotations ListObjectVersions ListObjects ListObjectsV2 ListParts PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging PutPublicAccessBlock RenameObject RestoreObject SelectObjectContent UpdateObjectEncryption UploadPart UploadPartCopy WriteGetObjectResponse`.split(
    /\s+/,
  ),
);

// A function of the database can raise any five characters, such as a postal code, as its SQLSTATE.
// Source: src/backend/utils/errcodes.txt of PostgreSQL 18
const SQL_STATES = new Set(
  `00000 01000 01003 01004 01006 01007 01008 0100C 01P01 02000 02001 03000 08000 08001 08003 08004 08006 08007
   08P01 09000 0A000 0B000 0F000 0F001 0L000 0LP01 0P000 0Z000 0Z002 10608 20000 21000 22000 22001 22002 22003
   22004 22005 22007 22008 22009 2200B 2200C 2200D 2200F 2200G 2200H 2200L 2200M 2200N 2200S 2200T 22010 22011
   22012 22013 22014 22015 22016 22018 22019 2201B 2201E 2201F 2201G 2201W 2201X 22021 22022 22023 22024 22025
   22026 22027 2202E 2202G 2202H 22030 22031 22032 22033 22034 22035 22036 22037 22038 22039 2203A 2203B 2203C
   2203D 2203E 2203F 2203G 22P01 22P02 22P03 22P04 22P05 22P06 23000 23001 23502 23503 23505 23514 23P01 24000
   25000 25001 25002 25003 25004 25005 25006 25007 25008 25P01 25P02 25P03 25P04 26000 27000 28000 28P01 2B000
   2BP01 2D000 2F000 2F002 2F003 2F004 2F005 34000 38000 38001 38002 38003 38004 39000 39001 39004 39P01 39P02
   39P03 3B000 3B001 3D000 3F000 40000 40001 40002 40003 40P01 42000 42501 42601 42602 42611 42622 42701 42702
   42703 42704 42710 42712 42723 42725 42803 42804 42809 42830 42846 42883 428C9 42939 42P01 42P02 42P03 42P04
   42P05 42P06 42P07 42P08 42P09 42P10 42P11 42P12 42P13 42P14 42P15 42P16 42P17 42P18 42P19 42P20 42P21 42P22
   44000 53000 53100 53200 53300 53400 54000 54001 54011 54023 55000 55006 55P02 55P03 55P04 57000 57014 57P01
   57P02 57P03 57P04 57P05 58000 58030 58P01 58P02 58P03 F0000 F0001 HV000 HV001 HV002 HV004 HV005 HV006 HV007
   HV008 HV009 HV00A HV00B HV00C HV00D HV00J HV00K HV00L HV00M HV00N HV00P HV00Q HV00R HV010 HV014 HV021 HV024
   HV090 HV091 P0000 P0001 P0002 P0003 P0004 XX000 XX001 XX002`.split(/\s+/),
);

export const safeCodes = {
  system: (code: string): boolean => SYSTEM.has(code),
  syscall: (name: string): boolean => SYSCALLS.has(name),
  permission: (name: string): boolean => PERMISSIONS.has(name),
  s3: (name: string): boolean => S3.has(name),
  s3Names: (): ReadonlySet<string> => S3,
  s3Operation: (name: string): boolean => S3_OPERATIONS.has(name),
} as const;

const CLASSES = new Set(
  `Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError DOMException
   AssertionError SystemError ZodError Object Array string number bigint boolean symbol function undefined null`.split(
    /\s+/,
  ),
);

/** Whether a class's name says nothing but which class it is. */
export function isKnownClass(name: string): boolean {
  return CLASSES.has(name);
}

const VERSION = /^v?\d{1,8}(\.\d{1,8}){0,2}(-(alpha|beta|rc|pre|dev|next|snapshot)(\.\d{1,3})?)?$/;
const MOST_DIGITS_OF_VERSION = 5;

/** "42", "1.4.0", "2.0.0-rc.1": what semver can read; a constant, or too short for a number or a date of a person. */
export function isVersion(text: string, bundle: BundleText): boolean {
  if (!VERSION.test(text)) return false;
  return text.replace(/\D/g, '').length <= MOST_DIGITS_OF_VERSION || bundle.hasLiteral(text);
}

/** One of PostgreSQL's own, or one that the author wrote. */
export function isKnownSqlState(state: string, bundle: BundleText): boolean {
  return SQL_STATES.has(state) || bundle.hasWord(state);
}
