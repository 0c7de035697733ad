/** Raised with every change of a message: host and job process are always of one build, and check it. */
export const PROTOCOL_VERSION = 1;

/** The file descriptor on which a job process speaks with its host. */
export const CHANNEL_FD = 3;
