import type { Filter } from "../../filter/filter.ts";
import { SIZE } from "./block.ts";
import type { Blocks } from "./blocks.ts";

/** Maximum number of queries and of fields that are remembered. A view sends up to eight counts at a time. */
const MAX_QUERIES = 16;
const MAX_FIELDS = 4;
/** Maximum number of different values of a field that are remembered, and of their characters. */
const MAX_VALUES = 50_000;
const MAX_CHARACTERS = 2_000_000;

/** Two bits per alert. */
const UNKNOWN = 0;
const NO = 1;
const YES = 2;

/** Tests an alert; undefined if the alert is damaged. */
type Test = () => boolean | undefined;

/**
 * The results of a query for the alerts that were tested one by one. Alerts do not change, so a repeated search only
 * tests the alerts that earlier ones did not reach.
 */
export class Results {
  private readonly blocks = new Map<number, Uint8Array>();

  /**
   * Removes the alerts from a mask that are known not to match.
   * @returns whether all other alerts are known to match
   */
  narrow(base: number, mask: Uint8Array): boolean {
    const known = this.blocks.get(base);
    if (known === undefined) return false;
    let exact = true;
    for (let row = 0; row < SIZE; row++) {
      if (mask[row] !== 1) continue;
      const result = resultIn(known, row);
      if (result === NO) mask[row] = 0;
      else if (result === UNKNOWN) exact = false;
    }
    return exact;
  }

  /** The known result of an alert, or that of a test. A damaged alert does not match, until it is recovered. */
  test(base: number, row: number, test: Test): boolean {
    let known = this.blocks.get(base);
    const result = known === undefined ? UNKNOWN : resultIn(known, row);
    if (result !== UNKNOWN) return result === YES;
    const found = test();
    if (found === undefined) return false;
    if (known === undefined) {
      known = new Uint8Array(SIZE / 4);
      this.blocks.set(base, known);
    }
    known[row >> 2] = (known[row >> 2] ?? 0) | ((found ? YES : NO) << ((row & 3) * 2));
    return found;
  }

  /** Forgets the alerts before a sequence number. */
  forget(before: number): void {
    for (const base of this.blocks.keys()) if (base + SIZE <= before) this.blocks.delete(base);
  }
}

function resultIn(known: Uint8Array, row: number): number {
  return ((known[row >> 2] ?? 0) >> ((row & 3) * 2)) & 3;
}

const NOTHING = new Uint16Array(SIZE);

/** The values of a field of the alerts that were read. */
export class FieldValues {
  private readonly blocks = new Map<number, Uint16Array>();
  private readonly known = new Map<string | undefined, number>();
  private readonly texts: (string | undefined)[] = [];
  private characters = 0;

  /** The codes of the values of a block's alerts; 0 if unknown. */
  codes(base: number): Readonly<Uint16Array> {
    return this.blocks.get(base) ?? NOTHING;
  }

  /** The value with a code; undefined if the alert does not have the field. */
  text(code: number): string | undefined {
    return this.texts[code - 1];
  }

  /** Remembers a value. @returns its code; undefined if there are too many values */
  set(base: number, row: number, text: string | undefined): number | undefined {
    const code = this.codeOf(text);
    if (code === undefined) return undefined;
    let codes = this.blocks.get(base);
    if (codes === undefined) {
      codes = new Uint16Array(SIZE);
      this.blocks.set(base, codes);
    }
    codes[row] = code;
    return code;
  }

  /** Whether all values are remembered. */
  get isComplete(): boolean {
    return this.texts.length < MAX_VALUES && this.characters < MAX_CHARACTERS;
  }

  /** Forgets the alerts before a sequence number. */
  forget(before: number): void {
    for (const base of this.blocks.keys()) if (base + SIZE <= before) this.blocks.delete(base);
  }

  private codeOf(text: string | undefined): number | undefined {
    const known = this.known.get(text);
    if (known !== undefined || !this.isComplete) return known;
    this.characters += text?.length ?? 0;
    const code = this.texts.push(text);
    this.known.set(text, code);
    return code;
  }
}

/** The results of reading alerts one by one, for the most recent queries and fields. */
export class Memory {
  private readonly blocks: Blocks;
  private readonly results = new Map<string, Results>();
  private readonly fields = new Map<string, FieldValues>();
  private version = 0;
  private first = 0;

  constructor(blocks: Blocks) {
    this.blocks = blocks;
  }

  /** The results of a filter's words and condition. */
  resultsOf({ words, condition }: Filter): Results {
    const key = JSON.stringify([words, condition], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    this.refresh();
    return recent(this.results, key, MAX_QUERIES, () => new Results());
  }

  valuesOf(field: string): FieldValues {
    this.refresh();
    return recent(this.fields, field, MAX_FIELDS, () => new FieldValues());
  }

  /** Forgets deleted alerts, and everything if alerts were recovered. */
  private refresh(): void {
    const { version, first } = this.blocks;
    if (version !== this.version) {
      this.results.clear();
      this.fields.clear();
    } else if (first !== this.first) {
      for (const each of [...this.results.values(), ...this.fields.values()]) each.forget(first);
    }
    this.version = version;
    this.first = first;
  }
}

/** The entry of a map, which becomes its newest. If there are too many, the one that was not used longest is removed. */
function recent<T>(map: Map<string, T>, key: string, most: number, create: () => T): T {
  const found = map.get(key) ?? create();
  map.delete(key);
  map.set(key, found);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
  return found;
}
