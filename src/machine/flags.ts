/** Numbers of the event format that only the state of the machine depends on; others are in `event/constants.ts`. */

export const EPOLL_CLOEXEC = 1;
export const MFD_CLOEXEC = 1;
export const EXECVEAT_EMPTY_PATH = 1;

/** The bit in the argument of F_SETFD. */
export const FD_CLOEXEC = 1;

export const RLIMIT_NOFILE = 7;

/** All existing capabilities. */
export const ALL_CAPABILITIES = (1n << 41n) - 1n;

/** Result on Linux of a call that continues in the background. */
export const EINPROGRESS = 115;

/** Value of a missing text parameter. */
export const MISSING = "<NA>";

/** Stands for a directory of unknown name. */
export const UNKNOWN_DIRECTORY = "<UNKNOWN>";
