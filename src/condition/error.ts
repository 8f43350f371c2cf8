import type { Span } from "./ast.ts";

/** What kind of mistake a condition has; rule loaders treat some of them apart. */
export type ConditionFault =
  | "syntax"
  | "unknown-macro"
  | "macro-loop"
  | "unknown-field"
  | "unknown-event-type"
  | "mismatch";

/**
 * A condition that cannot be used. The message is one sentence for the user, with a question behind it where a name may be
 * misspelt; `place` says where.
 */
export class ConditionError extends Error {
  readonly fault: ConditionFault;
  readonly place: Span;
  /** Further mistakes in the same condition. */
  readonly more: readonly ConditionError[];

  constructor(fault: ConditionFault, message: string, place: Span, more: readonly ConditionError[] = []) {
    super(message);
    this.name = "ConditionError";
    this.fault = fault;
    this.place = place;
    this.more = more;
  }
}

/** Collects the mistakes of a condition, so that one look shows them all. */
export class ConditionErrors {
  private readonly found: ConditionError[] = [];

  /** What a step gives; `otherwise` where it is mistaken. */
  or<T>(otherwise: T, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      for (const each of [error, ...error.more]) if (!this.isKnown(each)) this.found.push(each);
      return otherwise;
    }
  }

  /** What one pass complained of a later one may meet again. */
  private isKnown({ fault, place }: ConditionError): boolean {
    const { origin, start } = place;
    return this.found.some((one) => one.fault === fault && one.place.origin === origin && one.place.start === start);
  }

  get any(): boolean {
    return this.found.length > 0;
  }

  /** @throws ConditionError the first mistake, with the others in it, where there are any */
  check(): void {
    const [first, ...more] = this.found;
    if (first !== undefined) throw new ConditionError(first.fault, first.message, first.place, more);
  }
}
