/** Kinds of faults with different handling. */
export type Fault = "damaged" | "full" | "held" | "denied" | "foreign" | "failed";

/** The journal is open for writing elsewhere. */
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

/** Extended code of a file that is shorter than its header or its log states. */
const SHORT_READ = 522;

/** Codes of a key that exists already: 19 alone is from the full-text index. Keys are not reused, so the tree is damaged. */
const TAKEN_KEY: ReadonlySet<number> = new Set([19, 1555, 2067, 2579]);

/** An error about damage that SQLite does not notice. */
export function damaged(reason: string): Error {
  return Object.assign(new Error(reason), { errcode: CORRUPT });
}

/** Whether SQLite cannot write a database, for a reason that it does not state. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === READ_ONLY;
}

/** The fault of an error of SQLite or of the file system. */
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

/** Errors of SQLite about the content of a row: too large, a constraint, a type. */
const ABOUT_ROW: ReadonlySet<number> = new Set([18, 19, 20]);

/** Whether an error is due to the rows that are written, and neither to the file nor to the disk. */
export function isAboutRows(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error && typeof error.errcode === "number")
    return ABOUT_ROW.has(error.errcode & 0xff) && !TAKEN_KEY.has(error.errcode);
  return error instanceof TypeError || error instanceof RangeError;
}

/** The error message as a phrase without a final period. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
