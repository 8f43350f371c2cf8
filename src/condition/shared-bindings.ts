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
 * Caches results for conditions that are part of many other conditions, such as macros. Each of these conditions is
 * bound only once, and its event types are computed only once.
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

  /**
   * Results for a vocabulary or a set of event names (the owner). The caller must always use the same result type for
   * an owner.
   */
  of<Result>(owner: unknown): Map<Condition, Result> {
    const known = this.byOwner.get(owner);
    if (known !== undefined) return known as Map<Condition, Result>; // of the same owner
    const made = new Map<Condition, Result>();
    this.byOwner.set(owner, made);
    return made;
  }
}
