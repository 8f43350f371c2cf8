import type { Span } from "./ast.ts";
import { limits } from "./limits.ts";

/** Kinds of errors in a condition, which rule loaders distinguish. */
export type ConditionFault =
  | "syntax"
  | "unknown-macro"
  | "macro-loop"
  | "unknown-field"
  | "unknown-event-type"
  | "mismatch";

/**
 * An invalid condition. The message is for the user, with a suggestion for a misspelled name. `place` is the location
 * of the error.
 */
export class ConditionError extends Error {
  readonly fault: ConditionFault;
  readonly place: Span;
  /** Additional errors in the condition. */
  readonly more: readonly ConditionError[];

  constructor(fault: ConditionFault, message: string, place: Span, more: readonly ConditionError[] = []) {
    super(message);
    this.name = "ConditionError";
    this.fault = fault;
    this.place = place;
    this.more = more;
  }
}

/**
 * Collects the errors of a condition, so that all are reported together. After a hundred errors, subsequent steps are
 * skipped.
 */
export class ConditionErrors {
  private readonly found: ConditionError[] = [];

  /** Runs a step. @returns its result, or `otherwise` if it fails */
  or<T>(otherwise: T, step: () => T): T {
    if (this.found.length >= limits.errors) return otherwise;
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      for (const each of [error, ...error.more]) if (!this.isKnown(each)) this.found.push(each);
      return otherwise;
    }
  }

  /** Whether the error is already collected, since a later pass may find it again. */
  private isKnown({ fault, place }: ConditionError): boolean {
    const { origin, start } = place;
    return this.found.some((one) => one.fault === fault && one.place.origin === origin && one.place.start === start);
  }

  get any(): boolean {
    return this.found.length > 0;
  }

  /** @throws ConditionError the first error, which contains the other errors, if there are any */
  check(): void {
    const [first, ...more] = this.found;
    if (first !== undefined) throw new ConditionError(first.fault, first.message, first.place, more);
  }
}
