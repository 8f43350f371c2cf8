/**
 * Opens a descriptor without access to the content of the file (include/uapi/asm-generic/fcntl.h). Node does not export
 * this flag.
 */
export const O_PATH = 0o10000000;
