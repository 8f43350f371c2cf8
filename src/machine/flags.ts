/**
 * Constants of the event format that are used only to update the state of the machine. All other constants are in
 * `event/constants.ts`.
 */

export const EPOLL_CLOEXEC = 1;
export const MFD_CLOEXEC = 1;
export const EXECVEAT_EMPTY_PATH = 1;

/** Bit in the argument of F_SETFD. */
export const FD_CLOEXEC = 1;

export const RLIMIT_NOFILE = 7;

/** All existing capabilities. */
export const ALL_CAPABILITIES = (1n << 41n) - 1n;

/** Linux error number of a connect that continues in the background. */
export const EINPROGRESS = 115;

/** Value of a missing parameter of a text type. */
export const MISSING = "<NA>";

/** Placeholder for an unknown directory. */
export const UNKNOWN_DIRECTORY = "<UNKNOWN>";
