import type { FileState } from "./state.ts";

/** Kinds of changes. */
export const changeKinds = [
  "created",
  "modified",
  "replaced",
  "renamed",
  "deleted",
  "metadata",
  "rewritten",
  "temporary",
] as const;

export type ChangeKind = (typeof changeKinds)[number];

/** The differences between two states of a file. */
export type Difference = "type" | "content" | "target" | "mode" | "owner" | "group" | "capability" | "links" | "times";

/** The result of a comparison. */
export interface Comparison {
  readonly kind: ChangeKind;
  readonly differences: readonly Difference[];
}

/** Operations on a file between two states. */
export interface Touched {
  /** Whether the file was created between the states. */
  readonly created: boolean;
  /** Whether an operation may have changed the content between the states. */
  readonly written: boolean;
  /** Whether the file was renamed from another watched path. */
  readonly renamed: boolean;
}

/** Compares two states of a path. Returns undefined if there is no change to report. */
export function compare(
  before: FileState | undefined,
  after: FileState | undefined,
  { created, written, renamed }: Touched,
): Comparison | undefined {
  if (before === undefined) {
    if (after !== undefined) return { kind: renamed ? "renamed" : "created", differences: [] };
    return created ? { kind: "temporary", differences: [] } : undefined;
  }
  if (after === undefined) return { kind: "deleted", differences: [] };
  const found = differences(before, after);
  if (before.inode !== after.inode || before.type !== after.type) return { kind: "replaced", differences: found };
  if (found.includes("content") || found.includes("target")) return { kind: "modified", differences: found };
  if (written) return { kind: "rewritten", differences: found };
  return found.length > 0 ? { kind: "metadata", differences: found } : undefined;
}

/**
 * Whether two states of a hashed file or a symbolic link are equal, or differ only in their inode and times, as after
 * the reinstallation of a package. False for other types of files. Use it only for states from scans, because content
 * that was changed and restored between the states is not detected.
 */
export function isSame(before: FileState | undefined, after: FileState | undefined): boolean {
  if (before === undefined || after === undefined || before.type !== after.type) return false;
  if (differences(before, after).length > 0 || before.links !== after.links) return false;
  return (
    after.type === "symlink" || (after.type === "file" && after.sha256 !== undefined && before.sha256 !== undefined)
  );
}

function differences(before: FileState, after: FileState): Difference[] {
  const found: Difference[] = [];
  if (before.type !== after.type) found.push("type");
  if (contentDiffers(before, after)) found.push("content");
  if (before.target !== after.target) found.push("target");
  if (before.mode !== after.mode) found.push("mode");
  if (before.uid !== after.uid) found.push("owner");
  if (before.gid !== after.gid) found.push("group");
  if (before.capability !== undefined && (before.capability || "") !== (after.capability || ""))
    found.push("capability");
  if (after.type === "file" && before.inode === after.inode) {
    if (before.links !== after.links) found.push("links");
    if (before.mtime !== after.mtime) found.push("times");
  }
  return found;
}

function contentDiffers(before: FileState, after: FileState): boolean {
  if (after.type !== "file" || before.type !== "file") return false;
  if (before.size !== after.size) return true;
  if (before.sha256 !== undefined && after.sha256 !== undefined) return before.sha256 !== after.sha256;
  return before.mtime !== after.mtime; // not hashed
}
