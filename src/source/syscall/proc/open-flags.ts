/** Flags of open(2) in Linux, and the corresponding flags in events, as in probe/flags.h. */
const DIRECTORY = process.arch === "arm64" ? 0o40000 : 0o200000;
const DIRECT = process.arch === "arm64" ? 0o200000 : 0o40000;
const LARGEFILE = process.arch === "arm64" ? 0o400000 : 0o100000;

const BITS: readonly (readonly [linux: number, flags: number])[] = [
  [0o100, 1 << 2],
  [0o20000000 | DIRECTORY, 1 << 13],
  [0o2000, 1 << 3],
  [0o10000, 1 << 4],
  [0o200, 1 << 5],
  [0o4000, 1 << 6],
  [0o4010000, 1 << 7],
  [0o1000, 1 << 8],
  [DIRECT, 1 << 9],
  [DIRECTORY, 1 << 10],
  [LARGEFILE, 1 << 11],
  [0o2000000, 1 << 12],
];

/**
 * Converts flags of open(2) to PPM_O_* bits. The access modes O_RDONLY, O_WRONLY and O_RDWR are 0, 1 and 2 in Linux,
 * and 1, 2 and 3 in events.
 */
export function openFlags(linux: number): number {
  const access = linux & 3;
  let flags = access === 1 ? 2 : access === 2 ? 3 : 1;
  for (const [bit, name] of BITS) if ((linux & bit) !== 0) flags |= name;
  return flags;
}
