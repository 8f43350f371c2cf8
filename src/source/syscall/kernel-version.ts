import { release } from "node:os";

/** Whether the version of the running kernel is this one or newer. True if the version is unknown. */
export function isAtLeast([major, minor]: readonly [number, number]): boolean {
  const version = /^(\d+)\.(\d+)/.exec(release());
  if (version === null) return true;
  const [ownMajor, ownMinor] = [Number(version[1]), Number(version[2])];
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
