/**
 * Whether a kernel version, such as `6.1.0-13-amd64`, is `oldest` or newer. True if it has another format.
 * @param oldest major and minor version
 */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const numbers = /^(\d+)\.(\d+)/.exec(version);
  if (numbers === null) return true;
  const [ownMajor, ownMinor] = [Number(numbers[1]), Number(numbers[2])];
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
