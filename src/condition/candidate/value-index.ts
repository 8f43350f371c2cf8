import type { Scalar, Value } from "../../field/field.ts";
import { networkBits, networkKey } from "../address.ts";
import { plain } from "../compare.ts";
import { SHORTEST_PIECE, startAt } from "../many-texts.ts";

/** Finds the items whose operand matches a value. */
export interface ValueIndex<Item> {
  add(operand: Scalar, item: Item): void;
  /**
   * Appends the items whose operand matches, and possibly items whose operand does not match. Each list is appended
   * once; an item with several operands may be in several lists.
   */
  find(value: Value, into: Item[][]): void;
  /** The list of each operand. */
  lists(): Iterable<readonly Item[]>;
}

/** Matches equal strings, addresses and numbers. */
export class EqualIndex<Item> implements ValueIndex<Item> {
  private readonly items = new Map<Scalar, Item[]>();

  add(operand: Scalar, item: Item): void {
    append(this.items, operand, item);
  }

  find(value: Value, into: Item[][]): void {
    if (typeof value === "object") return;
    const items = this.items.get(plain(value));
    if (items !== undefined) into.push(items);
  }

  lists(): Iterable<readonly Item[]> {
    return this.items.values();
  }
}

/** Matches strings that start with an operand or, with `fromEnd`, end with it. */
export class PrefixIndex<Item> implements ValueIndex<Item> {
  private readonly items = new Map<string, Item[]>();
  private readonly fromEnd: boolean;
  /** Length of the longest operand, in characters. */
  private longest = 0;
  /** Sorted prefixes, created at the first search. */
  private prefixes: string[] = [];
  /** For each prefix, the index of the longest other prefix that it starts with; -1 if there is none. */
  private shorter: number[] = [];

  constructor(fromEnd: boolean) {
    this.fromEnd = fromEnd;
  }

  add(operand: Scalar, item: Item): void {
    const text = String(operand);
    this.longest = Math.max(this.longest, text.length);
    append(this.items, this.turned(text), item);
    this.prefixes = [];
  }

  find(value: Value, into: Item[][]): void {
    if (typeof value !== "string") return;
    if (this.prefixes.length === 0) this.sort();
    const text = this.fromEnd ? this.turned(value.slice(-this.longest)) : value;
    const { prefixes, shorter } = this;
    let [from, to] = [0, prefixes.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (prefixes[middle]! <= text) from = middle + 1;
      else to = middle;
    }
    // Every prefix of the text is the last prefix that sorts before the text, or a prefix of that prefix.
    let isPrefix = false;
    for (let at = from - 1; at >= 0; at = shorter[at]!) {
      isPrefix ||= text.startsWith(prefixes[at]!);
      if (isPrefix) into.push(this.items.get(prefixes[at]!)!);
    }
  }

  lists(): Iterable<readonly Item[]> {
    return this.items.values();
  }

  private sort(): void {
    this.prefixes = [...this.items.keys()].sort((a, b) => (a < b ? -1 : 1));
    this.shorter = [];
    for (const [i, prefix] of this.prefixes.entries()) {
      let at = i - 1;
      while (at >= 0 && !prefix.startsWith(this.prefixes[at]!)) at = this.shorter[at]!;
      this.shorter.push(at);
    }
  }

  private turned(text: string): string {
    if (!this.fromEnd) return text;
    let turned = "";
    for (let i = text.length - 1; i >= 0; i--) turned += text[i];
    return turned;
  }
}

/**
 * Minimum length of a string in characters, and maximum number of items, for which testing each item is cheaper than
 * searching for pieces.
 */
const LONG = 16_384;
const FEW = 256;
/** Maximum number of look-ups per string, since an attacker can repeat the beginning of a piece. */
const MAX_LOOKUPS = 4 * LONG;

/** The items of a piece. */
interface Piece<Item> {
  readonly items: Item[];
  /** Number of the last search that found the piece. */
  search: number;
}

/**
 * Matches strings that contain an operand. Appends all items if testing each item is cheaper than a search: if a long
 * string, such as the body of a document, is compared with few items, or if a string requires many look-ups.
 */
export class PieceIndex<Item> implements ValueIndex<Item> {
  /** Pieces by their first characters, then by length. */
  private readonly pieces = new Map<number, Map<number, Map<string, Piece<Item>>>>();
  private readonly items = new Set<Item>();
  /** All items, collected when they are first needed. */
  private all: Item[] = [];
  private search = 0;

  add(operand: Scalar, item: Item): void {
    const text = String(operand);
    this.items.add(item);
    this.all = [];
    const pieces = inside(inside(this.pieces, startAt(text, 0)), text.length);
    const known = pieces.get(text);
    if (known === undefined) pieces.set(text, { items: [item], search: 0 });
    else if (known.items.at(-1) !== item) known.items.push(item);
  }

  find(value: Value, into: Item[][]): void {
    if (typeof value !== "string") return;
    if (value.length > LONG && this.items.size <= FEW) {
      this.findAll(into);
      return;
    }
    const before = into.length;
    const search = ++this.search;
    let left = MAX_LOOKUPS;
    for (let at = 0; at <= value.length - SHORTEST_PIECE; at++) {
      const lengths = this.pieces.get(startAt(value, at));
      if (lengths === undefined) continue;
      left -= lengths.size;
      if (left < 0) {
        into.length = before;
        this.findAll(into);
        return;
      }
      for (const [length, pieces] of lengths) {
        const piece = pieces.get(value.slice(at, at + length));
        if (piece === undefined || piece.search === search) continue;
        piece.search = search;
        into.push(piece.items);
      }
    }
  }

  *lists(): Generator<readonly Item[]> {
    for (const lengths of this.pieces.values())
      for (const pieces of lengths.values()) for (const { items } of pieces.values()) yield items;
  }

  private findAll(into: Item[][]): void {
    if (this.all.length === 0) this.all = [...this.items];
    into.push(this.all);
  }
}

/** Matches addresses in a network from `parseNetwork`. */
export class NetworkIndex<Item> implements ValueIndex<Item> {
  /** Networks by address size and prefix length. */
  private readonly lengths = new Map<number, Map<string, Item[]>>();

  add(operand: Scalar, item: Item): void {
    const network = String(operand);
    const size = network.length - 1;
    const bits = network.charCodeAt(size);
    append(inside(this.lengths, networkKey(size, bits)), networkBits(network, bits), item);
  }

  find(value: Value, into: Item[][]): void {
    if (typeof value !== "string") return;
    for (const [key, networks] of this.lengths) {
      if (key >> 8 !== value.length) continue;
      const items = networks.get(networkBits(value, key & 255));
      if (items !== undefined) into.push(items);
    }
  }

  *lists(): Generator<readonly Item[]> {
    for (const networks of this.lengths.values()) yield* networks.values();
  }
}

/** The map of a key, created if it does not exist. */
function inside<Key, Inner, Item>(map: Map<Key, Map<Inner, Item>>, key: Key): Map<Inner, Item> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Map<Inner, Item>();
  map.set(key, made);
  return made;
}

function append<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [item]);
  else if (known.at(-1) !== item) known.push(item);
}
