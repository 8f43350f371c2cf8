/** Root of the file system of the watched machine; in a container, its mount point. */
export const hostRoot = process.env.HOST_ROOT ?? "/";
