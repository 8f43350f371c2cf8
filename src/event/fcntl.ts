/**
 * A descriptor that refers to a file without access to its content (include/uapi/asm-generic/fcntl.h). Node does not export
 * it.
 */
export const O_PATH = 0o10000000;
