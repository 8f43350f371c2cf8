import { globSync, realpathSync, statSync } from "node:fs";
import { toByteString } from "../../event/bytes.ts";
import { programHistories, shellHistories } from "./removal-roots.ts";

/** A directory tree, or a single file, that is watched. */
export interface Root {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Levels of directories below it that are watched. */
  readonly depth: number;
  readonly isDirectory: boolean;
  /** Files are watched by inode too. */
  readonly inodes: boolean;
}

const ALL_LEVELS = 64;

interface Wanted {
  readonly path: string;
  readonly depth?: number;
  readonly inodes?: boolean;
}

/** Default directories; `*` matches any name. Libraries are too many to be watched by inode. */
const usual: readonly Wanted[] = [
  { path: "/etc" },
  { path: "/boot" },
  { path: "/root", depth: 2 },
  { path: "/root/.ssh" },
  { path: "/root/.config", depth: 3 },
  // Without directories in them, by which users could use up max_directories.
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

/** The root for a new directory of SSH keys: of a new user, or one that replaces another. */
export function keysRoot(path: string): Root | undefined {
  return /^\/home\/[^/]+\/\.ssh$/.test(path) ? { path, depth: 0, isDirectory: true, inodes: true } : undefined;
}

/** Paths whose changes are irrelevant; `*` matches any characters of a name. */
const usualExclusions = [
  "*/.git",
  "/root/.cache",
  "/root/.npm",
  "/root/.cargo",
  "/root/.rustup",
  "/root/.local/share",
  "/root/.vscode-server",
  // Their removals are reported instead.
  ...[...shellHistories, ...programHistories].map((name) => `/root/${name}`),
  "/root/.viminfo",
  "/root/.lesshst",
  "/root/.wget-hsts",
  "/root/*/node_modules",
  "/etc/mtab",
];

/** Paths of the default roots, for documents. */
export const usualPaths: readonly string[] = usual.map(({ path }) => path);
export const usualExcluded: readonly string[] = usualExclusions;

/**
 * Finds the roots that exist.
 * @param added paths of the configuration
 * @param hostRoot mount point of the machine's root
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
        // It does not exist on this machine.
      }
    }
  }
  return [...found.values()];
}

/** A test whether a path (a byte string without the host's root) is excluded by default or by one of the patterns. */
export function exclusion(patterns: readonly string[]): (path: string) => boolean {
  return matching([...usualExclusions, ...patterns]);
}

/** A test whether a path (a byte string without the host's root) is one of the patterns, or below one. */
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
