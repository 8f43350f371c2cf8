import type { Scalar, Value } from "../../field/field.ts";
import type { LookupKind } from "./atom.ts";
import { EqualIndex, NetworkIndex, PieceIndex, PrefixIndex, type ValueIndex } from "./value-index.ts";

/**
 * Maximum number of cached values, and maximum size of a cached value in bytes, since an attacker can cause an
 * unlimited number of values of any length.
 */
const MAX_KNOWN = 1024;
const MAX_TEXT = 256;

const makers: { readonly [Kind in LookupKind]: <Item>() => ValueIndex<Item> } = {
  value: () => new EqualIndex(),
  prefix: () => new PrefixIndex(false),
  suffix: () => new PrefixIndex(true),
  piece: () => new PieceIndex(),
  network: () => new NetworkIndex(),
};

/** Lists of items, one per operand. */
type Found<Item> = readonly (readonly Item[])[];

/** Finds the items with an operand that matches a value, for all kinds of comparison. */
export class Lookup<Item> {
  private readonly kinds = new Map<LookupKind, ValueIndex<Item>>();
  private indexes: readonly ValueIndex<Item>[] = [];
  private readonly known = new Map<Value, Found<Item>>();
  private last: Value | undefined = undefined;
  private lastFound: Found<Item> = [];

  add(kind: LookupKind, operand: Scalar, item: Item): void {
    let index = this.kinds.get(kind);
    if (index === undefined) {
      index = makers[kind]<Item>();
      this.kinds.set(kind, index);
      this.indexes = [...this.kinds.values()];
    }
    index.add(operand, item);
  }

  /**
   * Finds the items of a value. For each operand, the same list is returned for all values that match it. An item may
   * be in several lists.
   */
  find(value: Value): Found<Item> {
    if (value === this.last) return this.lastFound;
    const found = this.known.get(value) ?? this.search(value);
    this.last = value;
    this.lastFound = found;
    return found;
  }

  /** The list of each operand. */
  *lists(): Generator<readonly Item[]> {
    for (const index of this.indexes) yield* index.lists();
  }

  private search(value: Value): Found<Item> {
    const found: Item[][] = [];
    for (const index of this.indexes) index.find(value, found);
    const kept = found.length === 0 ? NONE : found;
    if (typeof value === "string" && value.length > MAX_TEXT) return kept;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(value, kept);
    return kept;
  }
}

const NONE: readonly never[] = [];
