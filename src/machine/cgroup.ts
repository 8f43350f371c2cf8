/** `[subsystem, path]` pairs in the order of the kernel. */
export type Cgroups = readonly (readonly [subsystem: string, path: string])[];

/** Subsystem names of the kernel that differ from the names in rules. */
const SUBSYSTEMS: ReadonlyMap<string, string> = new Map([
  ["perf", "perf_event"],
  ["mem", "memory"],
  ["io", "blkio"],
]);

const NONE: Cgroups = [];

/** Parses `subsystem=path` strings. Undefined if a string has no "="; the thread then keeps its cgroups. */
export function parseCgroups(texts: readonly string[]): Cgroups | undefined {
  if (texts.length === 0) return NONE;
  const cgroups: [string, string][] = [];
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 0) return undefined;
    const subsystem = text.slice(0, equals).replace("_cgroup", "");
    cgroups.push([SUBSYSTEMS.get(subsystem) ?? subsystem, text.slice(equals + 1)]);
  }
  return cgroups;
}

/**
 * Whether a path lacks its beginning, because it has more components than the sensor records. Its first component is
 * then empty, as in `//a/b`.
 */
export function isCut(cgroups: Cgroups): boolean {
  return cgroups.some(([, path]) => path.startsWith("//"));
}

/** Splits strings that are terminated by NUL. The last NUL may be missing. */
export function splitTexts(raw: string): string[] {
  const end = raw.endsWith("\0") ? raw.length - 1 : raw.length;
  return end === 0 ? [] : raw.slice(0, end).split("\0");
}
