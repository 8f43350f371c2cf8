/** The kinds of indicators, and the types of fields compared with them. */
export const indicatorTypes = {
  hash: ["CHARBUF"],
  address: ["IPADDR", "IPNET"],
  domain: ["CHARBUF"],
} as const;

export type IndicatorKind = keyof typeof indicatorTypes;

/** Indicators in memory shared by workers, created by {@link IndicatorSetBuilder}. */
export interface IndicatorData {
  /** Two numbers per slot: the halves of a hash. */
  readonly slots: Uint32Array;
  readonly size: number;
  /** Secret seed of the hash, which prevents constructing a value with the hash of an indicator. */
  readonly seed: number;
  /** Prefix lengths of networks, for addresses of 4 and of 16 bytes. */
  readonly prefixes: { readonly v4: readonly number[]; readonly v6: readonly number[] };
  /** Whether some domains include all their subdomains. */
  readonly hasSubdomains: boolean;
}

/** Numbers per slot. */
const SLOT = 2;
const LEAST_SLOTS = 16;
/** Added to the hash of a domain whose subdomains are included. */
const SUBDOMAINS = 0x2a;
const DOT = 46;
/** Maximum length of a domain name. */
export const MAX_DOMAIN = 253;

/**
 * Computes the hash of a value as two 32-bit numbers. Letters of file hashes and domains are converted to lower case.
 */
class ValueHash {
  low = 0;
  high = 0;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  private begin(salt: number): void {
    this.low = (this.seed ^ salt) | 0;
    this.high = Math.imul(this.seed ^ 0x9e3779b9, 0x85ebca6b) ^ salt;
  }

  private add(code: number): void {
    const low = Math.imul(this.low ^ code, 0x01000193) ^ (this.high >>> 15);
    this.high = Math.imul(this.high ^ code, 0x5bd1e995) ^ (low >>> 13);
    this.low = low;
  }

  private end(): void {
    let { low, high } = this;
    low = Math.imul(low ^ (low >>> 16), 0x7feb352d);
    high = Math.imul(high ^ (high >>> 15) ^ low, 0x846ca68b);
    this.low = (low ^ (low >>> 15)) >>> 0;
    this.high = (high ^ (high >>> 16)) >>> 0;
    if (this.low === 0 && this.high === 0) this.low = 1; // 0 marks a free slot
  }

  /** Hashes the part of a string from `from` to `to`. */
  text(value: string, from: number, to: number, salt: number): void {
    this.begin(salt);
    for (let i = from; i < to; i++) {
      const code = value.charCodeAt(i);
      this.add(code >= 65 && code <= 90 ? code + 32 : code);
    }
    this.end();
  }

  /** Hashes the first bits of an address. */
  network(address: string, bits: number): void {
    this.begin(bits + 1);
    const whole = bits >> 3;
    for (let i = 0; i < whole; i++) this.add(address.charCodeAt(i));
    if ((bits & 7) !== 0) this.add(address.charCodeAt(whole) & (0xff00 >> (bits & 7)) & 0xff);
    this.add(address.length);
    this.end();
  }
}

function slotOf(slots: Uint32Array, low: number, high: number): number {
  const mask = slots.length / SLOT - 1;
  for (let at = low & mask; ; at = (at + 1) & mask) {
    const slot = at * SLOT;
    if (slots[slot] === low && slots[slot + 1] === high) return slot;
    if (slots[slot] === 0 && slots[slot + 1] === 0) return slot;
  }
}

/** Collects indicators of one kind. */
export class IndicatorSetBuilder {
  private readonly seed: number;
  private readonly hash: ValueHash;
  private slots = new Uint32Array(LEAST_SLOTS * SLOT);
  private count = 0;
  private readonly v4 = new Set<number>();
  private readonly v6 = new Set<number>();
  private hasSubdomains = false;

  constructor(seed: number) {
    this.seed = seed;
    this.hash = new ValueHash(seed);
  }

  get size(): number {
    return this.count;
  }

  addHash(value: string): void {
    this.hash.text(value, 0, value.length, 0);
    this.insert();
  }

  /** @param withSubdomains whether to add the subdomains of the domain instead of the domain itself */
  addDomain(value: string, withSubdomains: boolean): void {
    if (withSubdomains) this.hasSubdomains = true;
    this.hash.text(value, 0, value.length, withSubdomains ? SUBDOMAINS : 0);
    this.insert();
  }

  /** @param address byte string of 4 or 16 bytes */
  addNetwork(address: string, bits: number): void {
    (address.length === 4 ? this.v4 : this.v6).add(bits);
    this.hash.network(address, bits);
    this.insert();
  }

  private insert(): void {
    if (this.count * 3 > (this.slots.length / SLOT) * 2) this.grow();
    const { low, high } = this.hash;
    const slot = slotOf(this.slots, low, high);
    if (this.slots[slot] !== 0 || this.slots[slot + 1] !== 0) return;
    this.slots[slot] = low;
    this.slots[slot + 1] = high;
    this.count++;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += SLOT) {
      const [low, high] = [before[at]!, before[at + 1]!];
      if (low === 0 && high === 0) continue;
      const slot = slotOf(this.slots, low, high);
      this.slots[slot] = low;
      this.slots[slot + 1] = high;
    }
  }

  build(): IndicatorData {
    const slots = new Uint32Array(new SharedArrayBuffer(this.slots.byteLength));
    slots.set(this.slots);
    const prefixes = { v4: [...this.v4].sort((a, b) => b - a), v6: [...this.v6].sort((a, b) => b - a) };
    return { slots, size: this.count, seed: this.seed, prefixes, hasSubdomains: this.hasSubdomains };
  }
}

/** Empty data. Not in shared memory, which browsers provide only to cross-origin isolated pages. */
const NOTHING: IndicatorData = {
  slots: new Uint32Array(LEAST_SLOTS * SLOT),
  size: 0,
  seed: 1,
  prefixes: { v4: [], v6: [] },
  hasSubdomains: false,
};

/** A list of indicators used in rules. Its content can be replaced between two events. Lookups do not allocate. */
export class IndicatorSet {
  readonly name: string;
  readonly kind: IndicatorKind;
  private data: readonly IndicatorData[] = [NOTHING];
  private hashes: readonly ValueHash[] = [new ValueHash(1)];

  constructor(name: string, kind: IndicatorKind) {
    this.name = name;
    this.kind = kind;
  }

  /** Number of indicators. Indicators in several files count several times. */
  get size(): number {
    return this.data.reduce((sum, { size }) => sum + size, 0);
  }

  /** Replaces the content with the indicators of these files. */
  replace(data: readonly IndicatorData[]): void {
    this.hashes = data.map(({ seed }) => new ValueHash(seed));
    this.data = data;
  }

  /** @param value a byte string: text, or the 4 or 16 bytes of an address */
  has(value: string): boolean {
    for (let i = 0; i < this.data.length; i++) {
      const data = this.data[i]!;
      if (data.size > 0 && this.isIn(data, this.hashes[i]!, value)) return true;
    }
    return false;
  }

  private isIn(data: IndicatorData, hash: ValueHash, value: string): boolean {
    if (this.kind === "address") return hasAddress(data, hash, value);
    if (this.kind === "domain") return hasDomain(data, hash, value);
    hash.text(value, 0, value.length, 0);
    return isFull(data, hash);
  }
}

function isFull({ slots }: IndicatorData, { low, high }: ValueHash): boolean {
  const slot = slotOf(slots, low, high);
  return slots[slot] !== 0 || slots[slot + 1] !== 0;
}

function hasAddress(data: IndicatorData, hash: ValueHash, address: string): boolean {
  const bits = address.length === 4 ? data.prefixes.v4 : data.prefixes.v6;
  for (let i = 0; i < bits.length; i++) {
    hash.network(address, bits[i]!);
    if (isFull(data, hash)) return true;
  }
  return false;
}

function hasDomain(data: IndicatorData, hash: ValueHash, name: string): boolean {
  const end = name.charCodeAt(name.length - 1) === DOT ? name.length - 1 : name.length;
  if (end <= MAX_DOMAIN) {
    hash.text(name, 0, end, 0);
    if (isFull(data, hash)) return true;
  }
  if (!data.hasSubdomains) return false;
  // Names in requests can be longer than a domain; only their end can be an indicator.
  const first = Math.max(end - MAX_DOMAIN - 1, 0);
  for (let at = name.indexOf(".", first); at >= 0 && at < end - 1; at = name.indexOf(".", at + 1)) {
    hash.text(name, at + 1, end, SUBDOMAINS);
    if (isFull(data, hash)) return true;
  }
  return false;
}

const PREFIX = "indicators:";

/** The list item that refers to the indicators of a name. */
export function indicatorItem(name: string): string {
  return `"${PREFIX}${name}"`;
}

/** Name of the indicator list that a value in a condition refers to; undefined for other values. */
export function indicatorName(text: string): string | undefined {
  return text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined;
}
