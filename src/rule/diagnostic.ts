import { limits } from "./limits.ts";
import type { Location } from "./location.ts";

/** Codes of errors, which prevent loading. Tools depend on these Falco names. */
export type ErrorCode =
  | "LOAD_ERR_FILE_READ"
  | "LOAD_ERR_YAML_PARSE"
  | "LOAD_ERR_YAML_VALIDATE"
  | "LOAD_ERR_COMPILE_CONDITION"
  | "LOAD_ERR_COMPILE_OUTPUT"
  | "LOAD_ERR_VALIDATE"
  | "LOAD_ERR_EXTENSION";

/** Codes of warnings. */
export type WarningCode =
  | "LOAD_UNKNOWN_SOURCE"
  | "LOAD_UNSAFE_NA_CHECK"
  | "LOAD_NO_EVTTYPE"
  | "LOAD_UNKNOWN_FILTER"
  | "LOAD_UNUSED_MACRO"
  | "LOAD_UNUSED_LIST"
  | "LOAD_UNKNOWN_ITEM"
  | "LOAD_DEPRECATED_ITEM"
  | "LOAD_WARNING_EXTENSION"
  | "LOAD_APPEND_NO_VALUES"
  | "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
  | "LOAD_INVALID_MACRO_NAME"
  | "LOAD_INVALID_LIST_NAME"
  | "LOAD_COMPILE_CONDITION"
  | "LOAD_UNKNOWN_KEY";

/**
 * A message about rule files. `file`, `line` and `column` (from 1) are its location; `message` is one sentence without
 * a period.
 */
export interface Diagnostic<Code = ErrorCode | WarningCode> {
  readonly code: Code;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The affected rule, if any. */
  readonly rule?: string;
}

/** The messages about a file, in the order of detection. */
export interface FileResult {
  readonly file: string;
  readonly ok: boolean;
  readonly errors: readonly Diagnostic<ErrorCode>[];
  readonly warnings: readonly Diagnostic<WarningCode>[];
  /** Events and fields in rules that a live sensor never provides. Only set by callers that need them. */
  readonly gaps?: readonly Diagnostic<string>[];
  /** Set if there may be more errors or warnings. */
  readonly truncated?: true;
}

/**
 * Collects the messages about a file. Reading continues after an error, so that all errors are reported. Warnings after
 * an error are omitted, since they may be consequences of the error. Errors and warnings are both limited in number.
 */
export class Report {
  readonly file: string;
  readonly errors: Diagnostic<ErrorCode>[] = [];
  readonly warnings: Diagnostic<WarningCode>[] = [];
  private readonly known = new Set<string>();

  constructor(file: string) {
    this.file = file;
  }

  /** Adds an error. Duplicates at a location are dropped, since rules that share a macro share its errors. */
  error(code: ErrorCode, message: string, place: Location, rule?: string): void {
    if (this.isFull) return;
    const made = diagnostic(code, message, place, rule);
    const key = JSON.stringify([made.file, made.line, made.column, made.message]);
    if (this.known.has(key)) return;
    this.known.add(key);
    this.errors.push(made);
  }

  /** Whether the error limit is reached, so reading and compiling can end. */
  get isFull(): boolean {
    return this.errors.length >= limits.fileErrors;
  }

  /** Adds all errors of an invalid item. */
  reject(problem: ItemError, rule: string | undefined): void {
    for (const { code, message, place } of [problem, ...problem.more]) this.error(code, message, place, rule);
  }

  warn(code: WarningCode, message: string, place: Location, rule?: string): void {
    if (this.errors.length === 0 && this.warnings.length < limits.warnings)
      this.warnings.push(diagnostic(code, message, place, rule));
  }

  result(): FileResult {
    const { file, errors, warnings } = this;
    const truncated = this.isFull || warnings.length >= limits.warnings;
    return { file, ok: errors.length === 0, errors, warnings, ...(truncated && { truncated }) };
  }
}

/** Thrown to end reading an invalid item, with the reason. */
export class ItemError extends Error {
  readonly code: ErrorCode;
  readonly place: Location;
  /** Additional errors of the item. */
  readonly more: readonly ItemError[];

  constructor(code: ErrorCode, message: string, place: Location, more: readonly ItemError[] = []) {
    super(message);
    this.code = code;
    this.place = place;
    this.more = more;
  }
}

/** Thrown when an item changes a rule that does not exist. */
export class UnknownRule extends ItemError {}

const SKIPPED = "The item is skipped: ";

/** The message of the warning about a skipped item. */
export function skipped({ message }: ItemError): string {
  return SKIPPED + message;
}

/** The reason why an item is skipped, without the prefix {@link SKIPPED}. */
export function whySkipped({ message }: Pick<Diagnostic, "message">): string {
  return message.slice(SKIPPED.length);
}

/** Whether a warning states that an item is skipped because of an error. */
export function isSkipped({ message }: Pick<Diagnostic, "message">): boolean {
  return message.startsWith(SKIPPED);
}

/**
 * Collects the errors of an item, so that all are reported together. After a hundred errors, subsequent steps are
 * skipped.
 */
export class ItemErrors {
  readonly found: ItemError[] = [];

  /**
   * Adds an error. After a hundred errors, messages are not created, since creating one may compare thousands of names.
   */
  add(error: () => ItemError): void {
    if (!this.isFull) this.found.push(error());
  }

  private get isFull(): boolean {
    return this.found.length >= limits.errors;
  }

  /** Runs a step. @returns the result of the step, or `otherwise` if the step fails */
  or<T>(otherwise: T, step: () => T): T {
    if (this.isFull) return otherwise;
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      this.found.push(error, ...error.more);
      return otherwise;
    }
  }

  /** @throws ItemError the first error, which contains the other errors, if there are any */
  check(): void {
    const [first, ...more] = this.found;
    if (first !== undefined) throw new ItemError(first.code, first.message, first.place, more);
  }
}

function diagnostic<Code>(code: Code, sentence: string, place: Location, rule: string | undefined): Diagnostic<Code> {
  const { line, column } = place.position();
  // Messages of diagnostics have no period at the end.
  const message = shortened(sentence.replace(/\.$/, ""));
  const common = { code, message, file: place.file.name, line, column };
  return rule === undefined ? common : { ...common, rule: shortened(rule) };
}

function shortened(text: string): string {
  if (text.length <= limits.message) return text;
  const half = limits.message / 2;
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
