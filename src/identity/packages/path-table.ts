/** Algorithms of recorded checksums, with their length in bytes. */
export const CHECKSUM_BYTES = { md5: 16, sha1: 20, sha256: 32 } as const;
export type Algorithm = keyof typeof CHECKSUM_BYTES;

/** The paths that the packages of one database own, in shared memory. Created by {@link PathTableBuilder}. */
export interface PathTableData {
  readonly algorithm: Algorithm;
  /**
   * Four words per slot: two hashes of the path, the number of the owner plus one with the {@link LINK} bit, and the
   * position of the checksum plus one.
   */
  readonly slots: Uint32Array<SharedArrayBuffer>;
  readonly checksums: Uint8Array<SharedArrayBuffer>;
  readonly packages: readonly string[];
  /** Number of paths. */
  readonly size: number;
  /** Secret seed of the hash, so that an attacker cannot construct a path with the same hash as an owned path. */
  readonly seed: number;
}

/** The package that owns a path. */
export interface PackageFile {
  readonly package: string;
  /** Whether the path is a symbolic link that the package manager creates, such as an alternative. */
  readonly isLink: boolean;
  /** The checksum that the package records, in hexadecimal; undefined if it records none. */
  readonly checksum: { readonly algorithm: Algorithm; readonly hex: string } | undefined;
}

/** Number of 32-bit words in a slot. */
const SLOT = 4;
/** Bit of the owner word that marks a symbolic link that the package manager creates. */
const LINK = 0x80000000;

/** Computes two 32-bit hashes of a byte string. */
class PathHash {
  low = 0;
  high = 0;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  take(path: string): void {
    let low = this.seed | 0;
    let high = Math.imul(this.seed ^ 0x9e3779b9, 0x85ebca6b);
    for (let i = 0; i < path.length; i++) {
      const code = path.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193) ^ (high >>> 15);
      high = Math.imul(high ^ code, 0x5bd1e995) ^ (low >>> 13);
    }
    low = Math.imul(low ^ (low >>> 16), 0x7feb352d);
    high = Math.imul(high ^ (high >>> 15) ^ low, 0x846ca68b);
    this.low = (low ^ (low >>> 15)) >>> 0;
    this.high = (high ^ (high >>> 16)) >>> 0;
  }
}

/** The slot of a path with this hash, or a free slot for it. */
function slotOf(slots: Uint32Array, low: number, high: number): number {
  const mask = slots.length / SLOT - 1;
  for (let at = low & mask; ; at = (at + 1) & mask) {
    const slot = at * SLOT;
    if (slots[slot + 2] === 0 || (slots[slot] === low && slots[slot + 1] === high)) return slot;
  }
}

/** Builds a table of paths. If a path has several owners, the first one is kept. */
export class PathTableBuilder {
  private readonly algorithm: Algorithm;
  private readonly seed: number;
  private readonly hash: PathHash;
  private readonly packages: string[] = [];
  private slots = new Uint32Array(1024 * SLOT);
  private checksums = new Uint8Array(1 << 14);
  private count = 0;
  private checksumCount = 0;

  /** @param seed a random number of 32 bits */
  constructor(algorithm: Algorithm, seed: number) {
    this.algorithm = algorithm;
    this.seed = seed;
    this.hash = new PathHash(seed);
  }

  /** Number of paths. */
  get size(): number {
    return this.count;
  }

  /** Adds a package. @returns its number in the table */
  package(name: string): number {
    return this.packages.push(name) - 1;
  }

  /**
   * Adds a path.
   * @param path normalized and absolute, a byte string
   */
  add(path: string, owner: number, isLink = false): void {
    if (this.count * 4 > (this.slots.length / SLOT) * 3) this.grow();
    this.hash.take(path);
    const { low, high } = this.hash;
    const slot = slotOf(this.slots, low, high);
    if (this.slots[slot + 2] !== 0) return;
    this.slots[slot] = low;
    this.slots[slot + 1] = high;
    this.slots[slot + 2] = isLink ? (owner + 1) | LINK : owner + 1;
    this.count++;
  }

  /** Records the checksum of a path if `owner` owns the path. */
  checksum(path: string, owner: number, digest: Uint8Array): void {
    const length = CHECKSUM_BYTES[this.algorithm];
    if (digest.length !== length) return;
    this.hash.take(path);
    const slot = slotOf(this.slots, this.hash.low, this.hash.high);
    if (this.slots[slot + 2] !== owner + 1) return;
    const at = this.checksumCount * length;
    if (at + length > this.checksums.length) {
      const larger = new Uint8Array(this.checksums.length * 2);
      larger.set(this.checksums);
      this.checksums = larger;
    }
    this.checksums.set(digest, at);
    this.slots[slot + 3] = ++this.checksumCount;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += SLOT) {
      if (before[at + 2] === 0) continue;
      this.slots.set(before.subarray(at, at + SLOT), slotOf(this.slots, before[at]!, before[at + 1]!));
    }
  }

  build(): PathTableData {
    const slots = new Uint32Array(new SharedArrayBuffer(this.slots.byteLength));
    slots.set(this.slots);
    const used = this.checksumCount * CHECKSUM_BYTES[this.algorithm];
    const checksums = new Uint8Array(new SharedArrayBuffer(used));
    checksums.set(this.checksums.subarray(0, used));
    const { algorithm, packages, seed } = this;
    return { algorithm, slots, checksums, packages, size: this.count, seed };
  }
}

/** Finds the packages that own paths. Allocates memory only for results. */
export class PathTable {
  private readonly data: PathTableData;
  private readonly hash: PathHash;

  constructor(data: PathTableData) {
    this.data = data;
    this.hash = new PathHash(data.seed);
  }

  get size(): number {
    return this.data.size;
  }

  /** The name of a package that owns a path; undefined if there is none. */
  package(path: string): string | undefined {
    const { slots, packages } = this.data;
    const slot = this.find(path);
    return slot < 0 ? undefined : packages[(slots[slot + 2]! & ~LINK) - 1];
  }

  lookup(path: string): PackageFile | undefined {
    const name = this.package(path);
    if (name === undefined) return undefined;
    const { slots, checksums, algorithm } = this.data;
    const slot = this.find(path);
    const at = slots[slot + 3]! - 1;
    const length = CHECKSUM_BYTES[algorithm];
    const hex = at < 0 ? undefined : Buffer.from(checksums.slice(at * length, (at + 1) * length)).toString("hex");
    return {
      package: name,
      isLink: (slots[slot + 2]! & LINK) !== 0,
      checksum: hex === undefined ? undefined : { algorithm, hex },
    };
  }

  private find(path: string): number {
    this.hash.take(path);
    const slot = slotOf(this.data.slots, this.hash.low, this.hash.high);
    return this.data.slots[slot + 2] === 0 ? -1 : slot;
  }
}
