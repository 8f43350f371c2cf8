/** Root directory of the watched machine's file system; in a container, the mount point of this file system. */
export const hostRoot = process.env.HOST_ROOT ?? "/";
