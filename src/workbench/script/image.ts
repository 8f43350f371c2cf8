import { toByteString } from "../../event/bytes.ts";
import type { Reading } from "../reading.ts";
import { duration } from "./duration.ts";

/** The program of a process. Strings are byte strings. */
export interface Image {
  /** argv[0] */
  readonly exe: string;
  readonly exepath: string;
  readonly comm: string;
  readonly args: readonly string[];
  readonly writable: boolean;
  readonly upperLayer: boolean;
  readonly lowerLayer: boolean;
  readonly memfd: boolean;
  /** Path of the executable in its own file system, if it differs from `exepath`; otherwise empty. */
  readonly realExepath: string;
  readonly ino: bigint;
  /** Change time of the executable: nanoseconds since the epoch. */
  readonly ctime: bigint;
  readonly mtime: bigint;
}

/** Keys of a process description that set its program. */
export const imageKeys = [
  "command",
  "exe",
  "args",
  "argv0",
  "name",
  "exe_writable",
  "upper_layer",
  "lower_layer",
  "from_memfd",
  "real_exe",
  "exe_ino",
  "exe_ctime",
  "exe_mtime",
] as const;

const COMM_LENGTH = 15;
const MONTH = 30n * 86_400_000_000_000n;

/**
 * Reads the program of a process.
 * @param fallback default command
 * @param now nanoseconds since the epoch
 */
export function imageOf(
  keys: ReadonlyMap<string, Reading>,
  cwd: string,
  fallback: string,
  now: bigint,
  ino: bigint,
): Image {
  const text = (key: string): string | undefined => keys.get(key)?.text(`"${key}"`);
  const flag = (key: string): boolean => keys.get(key)?.boolean(`"${key}"`) ?? false;
  const when = (key: string): bigint => {
    const reading = keys.get(key);
    return now - (reading === undefined ? MONTH : duration(reading, `"${key}"`));
  };
  const command = keys.get("command");
  for (const key of ["exe", "args"]) {
    if (command !== undefined && keys.has(key))
      throw command.fault(`"command" sets both "exe" and "args": remove "${key}".`);
  }
  const [first, ...rest] = words(text("command") ?? "");
  const exe = text("exe") ?? first ?? fallback;
  const isWhole = exe.startsWith("/") || exe.startsWith("memfd:") || keys.has("real_exe");
  const exepath = toByteString(isWhole ? exe : found(exe, cwd));
  const name = text("name") ?? basename(exe);
  const args = keys.get("args");
  return {
    exe: toByteString(text("argv0") ?? exe),
    exepath,
    comm: toByteString(name).slice(0, COMM_LENGTH),
    args: (args === undefined ? rest : argumentsOf(args)).map(toByteString),
    writable: flag("exe_writable"),
    upperLayer: flag("upper_layer"),
    lowerLayer: flag("lower_layer"),
    memfd: flag("from_memfd") || exe.startsWith("memfd:"),
    realExepath: toByteString(text("real_exe") ?? ""),
    ino: keys.get("exe_ino")?.number ?? ino,
    ctime: when("exe_ctime"),
    mtime: when("exe_mtime"),
  };
}

/** Reads arguments: a list, or a string as in a shell. */
export function argumentsOf(reading: Reading): string[] {
  return reading.isScalar ? words(reading.text('"args"')) : reading.texts('"args"');
}

/** Returns the path of a program with a relative name. */
function found(exe: string, cwd: string): string {
  if (!exe.includes("/")) return `/usr/bin/${exe}`;
  return `${cwd.endsWith("/") ? cwd : `${cwd}/`}${exe.replace(/^\.\//, "")}`;
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Splits a command line into words; single and double quotes keep spaces. */
export function words(line: string): string[] {
  const found: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    found.push(word.replace(/"([^"]*)"|'([^']*)'/g, (_all, a?: string, b?: string) => a ?? b ?? ""));
  }
  return found;
}
