/** Raised with every change of a message: host and job process are always of one build, and check it. */
export const PROTOCOL_VERSION = 5;

/** The file descriptor on which a job process speaks with its host. */
export const CHANNEL_FD = 3;

/** Where it reads one byte for each run that it takes on, see run-counter.ts. */
export const COUNTER_FD = 4;
