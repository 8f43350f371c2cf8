import { globSync, realpathSync, statSync } from "node:fs";
import { toByteString } from "../../event/bytes.ts";
import { programHistories, shellHistories } from "./removal-roots.ts";

/** A watched directory tree or file. */
export interface Root {
  /** Absolute path without symbolic links. */
  readonly path: string;
  /** Number of levels of subdirectories to watch. */
  readonly depth: number;
  readonly isDirectory: boolean;
  /** Whether files are also watched by inode. */
  readonly inodes: boolean;
}

const ALL_LEVELS = 64;

interface Wanted {
  readonly path: string;
  readonly depth?: number;
  readonly inodes?: boolean;
}

/** Default directories; `*` matches any name. Libraries are not watched by inode, since there are too many. */
const usual: readonly Wanted[] = [
  { path: "/etc" },
  { path: "/boot" },
  { path: "/root", depth: 2 },
  { path: "/root/.ssh" },
  { path: "/root/.config", depth: 3 },
  // Subdirectories are not watched, because users could create enough of them to exhaust max_directories.
  { path: "/home/*/.ssh", depth: 0 },
  { path: "/var/spool/cron" },
  { path: "/usr/bin" },
  { path: "/usr/sbin" },
  { path: "/usr/local/bin" },
  { path: "/usr/local/sbin" },
  { path: "/bin" },
  { path: "/sbin" },
  { path: "/usr/libexec", inodes: false },
  { path: "/usr/lib/*/security" },
  { path: "/usr/lib/security" },
  { path: "/usr/lib64/security" },
  { path: "/usr/lib/systemd/system" },
  { path: "/usr/lib", inodes: false },
  { path: "/lib", inodes: false },
  { path: "/usr/lib64", inodes: false },
  { path: "/lib64", inodes: false },
  { path: "/usr/local/lib", inodes: false },
];

/** Returns the root for a new SSH key directory; undefined for other paths. */
export function keysRoot(path: string): Root | undefined {
  return /^\/home\/[^/]+\/\.ssh$/.test(path) ? { path, depth: 0, isDirectory: true, inodes: true } : undefined;
}

/** Paths that are excluded by default; `*` matches any characters of a name. */
const usualExclusions = [
  "*/.git",
  "/root/.cache",
  "/root/.npm",
  "/root/.cargo",
  "/root/.rustup",
  "/root/.local/share",
  "/root/.vscode-server",
  // For history files, only removals are reported.
  ...[...shellHistories, ...programHistories].map((name) => `/root/${name}`),
  "/root/.viminfo",
  "/root/.lesshst",
  "/root/.wget-hsts",
  "/root/*/node_modules",
  "/etc/mtab",
];

/** Paths of the default roots, for the documentation. */
export const usualPaths: readonly string[] = usual.map(({ path }) => path);
export const usualExcluded: readonly string[] = usualExclusions;

/**
 * Finds the roots that exist.
 * @param added paths from the configuration
 * @param hostRoot mount point of the host's root directory
 */
export function findRoots(added: readonly string[], defaults: boolean, hostRoot: string): Root[] {
  const wanted: Wanted[] = [...added.map((path) => ({ path })), ...(defaults ? usual : [])];
  const prefix = hostRoot === "/" ? "" : hostRoot.replace(/\/$/, "");
  const found = new Map<string, Root>();
  for (const { path, depth = ALL_LEVELS, inodes = true } of wanted) {
    for (const match of path.includes("*") ? globSync(prefix + path) : [prefix + path]) {
      try {
        const real = realpathSync(match);
        if (real === "/" || real === prefix) continue;
        const known = found.get(toByteString(real));
        if (known !== undefined && known.depth >= depth) continue;
        const isDirectory = statSync(real).isDirectory();
        found.set(toByteString(real), { path: toByteString(real), depth, isDirectory, inodes });
      } catch {
        // The path does not exist on this machine.
      }
    }
  }
  return [...found.values()];
}

/** Returns a function that tests whether a path below the host's root is excluded by default or by a pattern. */
export function exclusion(patterns: readonly string[]): (path: string) => boolean {
  return matching([...usualExclusions, ...patterns]);
}

/** Returns a function that tests whether a path below the host's root matches a pattern or is below a match. */
export function matching(patterns: readonly string[]): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  const sources = patterns.map((pattern) => {
    const any = pattern.startsWith("*/");
    const body = toByteString(any ? pattern.slice(1) : pattern)
      .replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^/]*");
    return `${any ? "" : "^"}${body.replace(/\/$/, "")}(?:/|$)`;
  });
  const expression = new RegExp(sources.join("|"), "s");
  return (path) => expression.test(path);
}
