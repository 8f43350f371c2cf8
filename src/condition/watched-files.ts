import { type Bound, forEachLeaf, type Leaf } from "./bound.ts";

/** Files whose real paths are tested by conditions. The byte strings are constants of the conditions. */
export interface WatchedFiles {
  /** Absolute paths. */
  readonly paths: Set<string>;
  /** Absolute paths of directories whose files are watched. */
  readonly directories: Set<string>;
  /** Prefixes of absolute paths. */
  readonly prefixes: Set<string>;
  /** Names of files in any directory. */
  readonly names: Set<string>;
  /** Names of directories, in any location, whose files are watched. */
  readonly directoryNames: Set<string>;
  /** Whether a condition needs the real path of every file. */
  every: boolean;
}

export function noWatchedFiles(): WatchedFiles {
  return {
    paths: new Set(),
    directories: new Set(),
    prefixes: new Set(),
    names: new Set(),
    directoryNames: new Set(),
    every: false,
  };
}

/** Adds the files whose real paths a condition tests. */
export function addWatchedFiles(condition: Bound, files: WatchedFiles): void {
  forEachLeaf(condition, (leaf) => addOfLeaf(leaf, files));
}

/** The name after the last slash, if it has no wildcard. */
const LAST_NAME = /(?:^|\/)([^/*?[\]{}\\]+)$/;
/** The name of a directory that is followed by any file: `/.ssh/`. */
const LAST_DIRECTORY = /\/([^/*?[\]{}\\]+)\/\**$/;

/** Virtual file systems, whose inodes are not meaningful, and devices, which programs open often. */
const VIRTUAL = /^\/(?:dev|proc|sys)(?:\/|$)/;

/** Whether a constant for a passed path refers to files worth watching. */
const isWatchable = (part: "path" | "directory" | "filename", operand: string): boolean =>
  part === "filename" ? operand !== "" && !operand.includes("/") : /^\/./.test(operand) && !VIRTUAL.test(operand);

const isExact = (operator: string): boolean => operator === "=" || operator === "!=" || operator === "in";

function addOfLeaf(leaf: Leaf, files: WatchedFiles): void {
  if (leaf.kind === "own" || leaf.kind === "exists") return;
  if (leaf.kind === "pair") {
    if (leaf.left.watches !== undefined || leaf.right.watches !== undefined) files.every = true;
    return;
  }
  const { subject, comparison } = leaf;
  const operands = comparison.operands.map(String);
  if (subject.passed !== undefined && isExact(comparison.operator))
    for (const operand of operands) if (isWatchable(subject.passed, operand)) add(files, subject.passed, "=", operand);
  if (subject.watches === undefined) return;
  if (subject.field === undefined) files.every = true;
  else
    for (const operand of operands) if (!add(files, subject.watches, comparison.operator, operand)) files.every = true;
}

/** Adds the files of one comparison. Returns false if its constant does not determine the files. */
function add(files: WatchedFiles, part: "path" | "directory" | "filename", operator: string, operand: string): boolean {
  const exact = isExact(operator);
  if (part === "filename") {
    if (exact) files.names.add(operand);
    return exact;
  }
  if (exact) {
    (part === "path" ? files.paths : files.directories).add(operand);
    return true;
  }
  if (operator === "startswith" && operand.startsWith("/")) {
    files.prefixes.add(operand);
    return true;
  }
  if (part === "directory") {
    const name = LAST_NAME.exec(operand)?.[1];
    const known = name !== undefined && operand.includes("/") && (operator === "endswith" || operator === "glob");
    if (known) files.directoryNames.add(name);
    return known;
  }
  if (operator !== "endswith" && operator !== "contains" && operator !== "glob") return false;
  const directory = LAST_DIRECTORY.exec(operand)?.[1];
  if (directory !== undefined && operator !== "endswith") {
    files.directoryNames.add(directory);
    return true;
  }
  const name = LAST_NAME.exec(operand)?.[1];
  if (name === undefined || operator === "contains" || !operand.includes("/")) return false;
  files.names.add(name);
  return true;
}
