import type { Condition } from "./ast.ts";
import type { Bound, Remark } from "./bound.ts";

/** A bound part that conditions share. */
export interface SharedPart {
  readonly bound: Bound;
  /** The remarks of the part, and the shared parts in it, in order. */
  readonly notes: readonly (Remark | { readonly part: Condition })[];
  readonly fields: ReadonlySet<string>;
}

/**
 * Caches results for conditions that are part of many others, such as macros: each is bound once, and its event types
 * are computed once.
 */
export class SharedBindings {
  private readonly conditions: ReadonlySet<Condition>;
  private readonly byOwner = new Map<unknown, Map<Condition, unknown>>();

  constructor(conditions: Iterable<Condition>) {
    this.conditions = new Set(conditions);
  }

  has(condition: Condition): boolean {
    return this.conditions.has(condition);
  }

  /** Results of an owner (a vocabulary, a set of event names). The owner asserts their type. */
  of<Result>(owner: unknown): Map<Condition, Result> {
    const known = this.byOwner.get(owner);
    if (known !== undefined) return known as Map<Condition, Result>; // of the same owner
    const made = new Map<Condition, Result>();
    this.byOwner.set(owner, made);
    return made;
  }
}
