import type { Location } from "./location.ts";

/** What stops a set of rules from loading. The names are those that tools around Falco look for. */
export type ErrorCode =
  | "LOAD_ERR_FILE_READ"
  | "LOAD_ERR_YAML_PARSE"
  | "LOAD_ERR_YAML_VALIDATE"
  | "LOAD_ERR_COMPILE_CONDITION"
  | "LOAD_ERR_COMPILE_OUTPUT"
  | "LOAD_ERR_VALIDATE"
  | "LOAD_ERR_EXTENSION";

/** What is worth a look but does not stop them. */
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

/** One thing to say about rule files. `file`, `line` and `column` (both from 1) say where; `message` is one sentence, without its period. */
export interface Diagnostic<Code = ErrorCode | WarningCode> {
  readonly code: Code;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The rule it is about, where it is about one. */
  readonly rule?: string;
}

/** What was found in one file, in the order of finding. */
export interface FileResult {
  readonly file: string;
  readonly ok: boolean;
  readonly errors: readonly Diagnostic<ErrorCode>[];
  readonly warnings: readonly Diagnostic<WarningCode>[];
}

/**
 * Collects what there is to say of one file. Reading goes on after an error, so that one pass shows them all; but
 * a warning that comes after an error may be a mere consequence of it and waits until the error is mended.
 */
export class Report {
  readonly file: string;
  readonly errors: Diagnostic<ErrorCode>[] = [];
  readonly warnings: Diagnostic<WarningCode>[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** The same mistake in the same place is told once: rules that share a macro share its mistakes. */
  error(code: ErrorCode, message: string, place: Location, rule?: string): void {
    const made = diagnostic(code, message, place, rule);
    const same = ({ file, line, column, message }: Diagnostic): boolean =>
      line === made.line && column === made.column && message === made.message && file === made.file;
    if (!this.errors.some(same)) this.errors.push(made);
  }

  /** All reasons why an item can't be used. */
  reject(refusal: ItemError, rule: string | undefined): void {
    for (const { code, message, place } of [refusal, ...refusal.more]) this.error(code, message, place, rule);
  }

  warn(code: WarningCode, message: string, place: Location, rule?: string): void {
    if (this.errors.length === 0) this.warnings.push(diagnostic(code, message, place, rule));
  }

  result(): FileResult {
    return { file: this.file, ok: this.errors.length === 0, errors: this.errors, warnings: this.warnings };
  }
}

/** Leaves the reading of one item, which can't be used, with the reason. */
export class ItemError extends Error {
  readonly code: ErrorCode;
  readonly place: Location;
  /** Further reasons. */
  readonly more: readonly ItemError[];

  constructor(code: ErrorCode, message: string, place: Location, more: readonly ItemError[] = []) {
    super(message);
    this.code = code;
    this.place = place;
    this.more = more;
  }
}

/** Collects the reasons against one item, so that one look shows them all. */
export class ItemErrors {
  readonly found: ItemError[] = [];

  /** What a step gives; `otherwise` where it is refused. */
  or<T>(otherwise: T, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      this.found.push(error, ...error.more);
      return otherwise;
    }
  }

  /** @throws Refusal the first reason, with the others in it, where there are any */
  check(): void {
    const [first, ...more] = this.found;
    if (first !== undefined) throw new ItemError(first.code, first.message, first.place, more);
  }
}

function diagnostic<Code>(code: Code, sentence: string, place: Location, rule: string | undefined): Diagnostic<Code> {
  const { line, column } = place.position();
  // What follows a message in a line is part of the same sentence.
  const message = sentence.replace(/\.$/, "");
  const common = { code, message, file: place.file.name, line, column };
  return rule === undefined ? common : { ...common, rule };
}
