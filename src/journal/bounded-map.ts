/** Maximum total length of all keys of a map, in characters. */
const MAX_CHARACTERS = 1_000_000;

/**
 * A cache with string keys. All entries are removed before the number of entries or the total length of the keys would
 * exceed its limit.
 */
export class BoundedMap<Value> {
  private readonly entries = new Map<string, Value>();
  private readonly most: number;
  private characters = 0;

  /** @param most maximum number of entries */
  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: Value): void {
    if (this.entries.size >= this.most || this.characters + key.length > MAX_CHARACTERS) this.clear();
    if (key.length > MAX_CHARACTERS) return;
    this.delete(key);
    this.entries.set(key, value);
    this.characters += key.length;
  }

  delete(key: string): void {
    if (this.entries.delete(key)) this.characters -= key.length;
  }

  clear(): void {
    this.entries.clear();
    this.characters = 0;
  }
}
