/** Kinds of faults, each of which is handled differently. */
export type Fault = "damaged" | "full" | "held" | "denied" | "foreign" | "failed";

/** Error if another process has the journal open for writing. */
export class JournalHeld extends Error {}

const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const FULL = 13;
const BUSY = 5;
const READ_ONLY = 8;
const CANNOT_OPEN = 14;
const PERMISSION = 3;

const groups: Readonly<Record<number, Fault>> = {
  [CORRUPT]: "damaged",
  [NOT_A_DATABASE]: "damaged",
  [FULL]: "full",
  [BUSY]: "held",
  [READ_ONLY]: "denied",
  [CANNOT_OPEN]: "denied",
  [PERMISSION]: "denied",
};

/** Extended SQLite error code for a file that is shorter than stated in its header or its log. */
const SHORT_READ = 522;

/**
 * Extended SQLite error codes for a key that already exists. The full-text index reports 19. Keys are never reused, so
 * these errors mean that a b-tree is damaged.
 */
const TAKEN_KEY: ReadonlySet<number> = new Set([19, 1555, 2067, 2579]);

/** Creates an error for damage that SQLite does not detect. */
export function damaged(reason: string): Error {
  return Object.assign(new Error(reason), { errcode: CORRUPT });
}

/** Whether a SQLite error means that the database is read-only. SQLite does not report the reason. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === READ_ONLY;
}

/** Returns the kind of fault that a SQLite or file system error indicates. */
export function faultOf(error: unknown): Fault {
  if (error instanceof JournalHeld) return "held";
  if (!(error instanceof Error)) return "failed";
  if (error.constructor.name === "ForeignJournal") return "foreign";
  if ("errcode" in error && typeof error.errcode === "number") {
    if (error.errcode === SHORT_READ || TAKEN_KEY.has(error.errcode)) return "damaged";
    return groups[error.errcode & 0xff] ?? "failed";
  }
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return "full";
  return code === "EACCES" || code === "EPERM" || code === "EROFS" ? "denied" : "failed";
}

/** SQLite error codes for errors that the content of a row causes: size, constraint, type. */
const ABOUT_ROW: ReadonlySet<number> = new Set([18, 19, 20]);

/** Whether an error is caused by the content of the written rows rather than by the file or the disk. */
export function isAboutRows(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error && typeof error.errcode === "number")
    return ABOUT_ROW.has(error.errcode & 0xff) && !TAKEN_KEY.has(error.errcode);
  return error instanceof TypeError || error instanceof RangeError;
}

/** Whether an error means that SQLite rejected a row read from a damaged file, for example because of a wrong type. */
export function isInvalidRow(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error && typeof error.errcode === "number") return ABOUT_ROW.has(error.errcode & 0xff);
  return error instanceof TypeError || error instanceof RangeError;
}

/** Returns the message of an error, or the thrown value as a string. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
