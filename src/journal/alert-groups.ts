/** The values of an alert that determine its group. Strings are given by their IDs. */
export interface GroupWords {
  /** Index of the priority. 0 is the most severe. */
  readonly priority: number;
  readonly rule: number;
  readonly container: number | null;
  readonly pod: number | null;
  readonly hostname: number | null;
  readonly user: number | null;
}

/**
 * A group of alerts with the same rule, priority and workload. A workload is a container, a pod, or a user on a
 * machine.
 */
interface Group {
  readonly key: string;
  readonly ruleKey: string;
  readonly workloadKey: string;
  readonly rule: Tally;
  readonly workload: Tally;
  /** The size of a group is its number of alerts divided by this weight. */
  readonly weight: number;
  count: number;
}

interface Tally {
  count: number;
}

/** A part of the list of all alerts: their sequence numbers in ascending order, and their groups. */
interface Chunk {
  readonly seqs: Float64Array;
  readonly groups: Uint32Array;
  length: number;
  /** Number of entries that have not been removed. */
  live: number;
}

/** Maximum number of entries in a chunk. */
const CHUNK = 4096;
/** Value that marks a removed entry. */
const REMOVED = 0xffffffff;
/**
 * Number of groups from which new groups do not distinguish workloads. From twice this number, they do not distinguish
 * rules either.
 */
const MAX_GROUPS = 50_000;
/** Weights of groups by priority, beginning with Emergency. */
const WEIGHTS = [64, 64, 64, 8, 4, 2, 1, 1];
/** Number of oldest alerts of a group that are removed last. */
const FIRST = 4;
/**
 * Sampling factor: the first level of thinning keeps one of `SAMPLE` alerts, the second level one of `SAMPLE ** 2`, and
 * so on.
 */
const SAMPLE = 16;
const LEVELS = 5;
/** The level of thinning at which every alert of a group can be removed. */
const ANY = LEVELS + 1;

/**
 * Tracks the group of each alert in about twelve bytes of memory per alert. When space is needed, selects alerts to
 * remove: the largest groups are thinned out to samples, beginning with the oldest alerts.
 */
export class AlertGroups {
  private chunks: Chunk[] = [];
  private readonly slots: (Group | undefined)[] = [];
  private free: number[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly rules = new Map<string, Tally>();
  private readonly workloads = new Map<string, Tally>();
  private total = 0;
  /** The largest sequence number that was added. */
  newest = 0;

  /** Number of alerts. */
  get size(): number {
    return this.total;
  }

  /**
   * Adds an alert. Its sequence number must be larger than the sequence numbers of all alerts that were added before.
   */
  add(seq: number, words: GroupWords): void {
    const at = this.slotOf(words);
    const group = this.slots[at];
    if (group === undefined) return;
    group.count++;
    group.rule.count++;
    group.workload.count++;
    this.total++;
    this.newest = seq;
    let chunk = this.chunks.at(-1);
    if (chunk === undefined || chunk.length === CHUNK) {
      chunk = { seqs: new Float64Array(CHUNK), groups: new Uint32Array(CHUNK), length: 0, live: 0 };
      this.chunks.push(chunk);
    }
    chunk.seqs[chunk.length] = seq;
    chunk.groups[chunk.length] = at;
    chunk.length++;
    chunk.live++;
  }

  /**
   * Whether an alert belongs to a small group, or to no group. The size of a group is its number of alerts divided by
   * its weight, which is higher for severe priorities. Groups that are not small are called large.
   */
  isRare(words: GroupWords): boolean {
    const at = this.byKey.get(keyOf(words));
    const group = at === undefined ? undefined : this.slots[at];
    return group === undefined || group.count < 2 * FIRST * group.weight;
  }

  /** Removes all alerts up to a sequence number, except protected ones. */
  removeUpTo(last: number, isProtected: (seq: number) => boolean): void {
    for (const chunk of this.chunks) {
      if ((chunk.seqs[0] ?? 0) > last) break;
      for (let i = 0; i < chunk.length && (chunk.seqs[i] ?? 0) <= last; i++)
        if (!isProtected(chunk.seqs[i] ?? 0)) this.remove(chunk, i);
    }
    this.compact();
  }

  /**
   * Selects and removes up to `most` alerts.
   * @param isProtected returns whether an alert is removed only if there are no other alerts
   * @returns the sequence numbers of the removed alerts in ascending order
   */
  take(most: number, isProtected: (seq: number) => boolean): number[] {
    const found = this.takeSome(most, isProtected);
    if (found.length === 0) found.push(...this.takeSome(most, () => false));
    this.compact();
    return found.sort((a, b) => a - b);
  }

  private takeSome(most: number, isProtected: (seq: number) => boolean): number[] {
    const found: number[] = [];
    const refused = new Set<number>();
    while (found.length < most) {
      const { quotas, levels, lowest, sum } = this.quotas(most - found.length, refused);
      if (sum === 0) break;
      let left = sum;
      for (let level = lowest; level <= ANY && left > 0; level++)
        left -= this.pass(level, left, quotas, levels, isProtected, found);
      for (const [at, quota] of quotas.entries()) if (quota > 0) refused.add(at);
    }
    return found;
  }

  /**
   * Determines how many alerts to remove from each group. Only the largest groups lose alerts: at most half of the
   * alerts of a group, or its only alert.
   */
  private quotas(
    most: number,
    refused: ReadonlySet<number>,
  ): { readonly quotas: Uint32Array; readonly levels: Uint8Array; readonly lowest: number; readonly sum: number } {
    const quotas = new Uint32Array(this.slots.length);
    const levels = new Uint8Array(this.slots.length);
    const magnitudes: number[][] = [];
    for (const [at, group] of this.slots.entries()) {
      if (group === undefined || group.count === 0 || refused.has(at)) continue;
      const magnitude = Math.floor(Math.log2(1 + group.count / group.weight));
      const members = magnitudes[magnitude];
      if (members === undefined) magnitudes[magnitude] = [at];
      else members.push(at);
    }
    const members = magnitudes.at(-1) ?? [];
    const totalOf = (at: number): number => {
      const group = this.slots[at];
      return group === undefined ? 0 : group.rule.count + group.workload.count;
    };
    members.sort((a, b) => totalOf(b) - totalOf(a));
    let sum = 0;
    let lowest = ANY;
    for (const at of members) {
      const count = this.slots[at]?.count ?? 0;
      const quota = Math.min(most - sum, Math.max(1, Math.floor(count / 2)));
      quotas[at] = quota;
      const level = count > 4 * FIRST ? 1 : ANY;
      levels[at] = level;
      lowest = Math.min(lowest, level);
      sum += quota;
      if (sum >= most) break;
    }
    return { quotas, levels, lowest, sum };
  }

  /**
   * Removes alerts at one level of thinning from groups with a quota, oldest first.
   * @returns the number of removed alerts
   */
  private pass(
    level: number,
    most: number,
    quotas: Uint32Array,
    levels: Uint8Array,
    isProtected: (seq: number) => boolean,
    found: number[],
  ): number {
    const positions = new Uint32Array(quotas.length);
    const before = found.length;
    // The newest quarter of a group is kept until the last level.
    const ends = new Uint32Array(quotas.length);
    if (level < ANY)
      for (const [at, quota] of quotas.entries())
        if (quota > 0) ends[at] = Math.ceil(((this.slots[at]?.count ?? 0) * 3) / 4);
    for (const chunk of this.chunks) {
      const { seqs, groups, length } = chunk;
      for (let i = 0; i < length; i++) {
        const at = groups[i] ?? REMOVED;
        if (at === REMOVED || (quotas[at] ?? 0) === 0) continue;
        const position = positions[at] ?? 0;
        positions[at] = position + 1;
        if ((levels[at] ?? 0) > level) continue;
        const seq = seqs[i] ?? 0;
        if (level < ANY && (position < FIRST || position >= (ends[at] ?? 0) || isSample(seq, level))) continue;
        if (isProtected(seq)) continue;
        this.remove(chunk, i);
        found.push(seq);
        quotas[at] = (quotas[at] ?? 1) - 1;
        if (found.length - before === most) return most;
      }
    }
    return found.length - before;
  }

  private remove(chunk: Chunk, i: number): void {
    const at = chunk.groups[i] ?? REMOVED;
    if (at === REMOVED) return;
    chunk.groups[i] = REMOVED;
    chunk.live--;
    this.total--;
    const group = this.slots[at];
    if (group === undefined) return;
    group.count--;
    group.rule.count--;
    group.workload.count--;
    if (group.rule.count === 0) this.rules.delete(group.ruleKey);
    if (group.workload.count === 0) this.workloads.delete(group.workloadKey);
    if (group.count > 0) return;
    this.byKey.delete(group.key);
    this.slots[at] = undefined;
    this.free.push(at);
  }

  /** If a chunk is less than half full, merges all neighboring chunks that fit into one. */
  private compact(): void {
    if (!this.chunks.some(({ live }) => live < CHUNK / 2)) return;
    const kept: Chunk[] = [];
    for (const chunk of this.chunks) {
      if (chunk.live === 0) continue;
      const last = kept.at(-1);
      if (last === undefined || last.live + chunk.live > CHUNK) {
        kept.push(chunk);
        continue;
      }
      pack(last);
      append(last, chunk);
    }
    this.chunks = kept;
  }

  private slotOf(words: GroupWords): number {
    const ruleKey = `${words.priority} ${words.rule}`;
    const own = workloadOf(words);
    const known = this.byKey.get(`${ruleKey} ${own}`);
    if (known !== undefined) return known;
    if (this.byKey.size < MAX_GROUPS) return this.slot(ruleKey, own, words.priority);
    if (this.byKey.size < 2 * MAX_GROUPS) return this.slot(ruleKey, "", words.priority);
    return this.slot(String(words.priority), "", words.priority);
  }

  private slot(ruleKey: string, workloadKey: string, priority: number): number {
    const key = `${ruleKey} ${workloadKey}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const at = this.free.pop() ?? this.slots.length;
    const rule = tally(this.rules, ruleKey);
    const workload = tally(this.workloads, workloadKey);
    this.slots[at] = { key, ruleKey, workloadKey, rule, workload, weight: WEIGHTS[priority] ?? 1, count: 0 };
    this.byKey.set(key, at);
    return at;
  }
}

function keyOf(words: GroupWords): string {
  return `${words.priority} ${words.rule} ${workloadOf(words)}`;
}

/** The workload of an alert. Process and file names are excluded, because a process can choose them. */
function workloadOf({ container, pod, hostname, user }: GroupWords): string {
  return container === null && pod === null ? `${hostname} ${user}` : `${hostname} ${pod} ${container}`;
}

function tally(of: Map<string, Tally>, key: string): Tally {
  const known = of.get(key);
  if (known !== undefined) return known;
  const made = { count: 0 };
  of.set(key, made);
  return made;
}

/**
 * Whether an alert belongs to the sample of a level: one of `SAMPLE ** level` alerts. The result depends only on the
 * sequence number.
 */
function isSample(seq: number, level: number): boolean {
  const mixed = Math.imul((seq ^ (seq >>> 15)) | 0, 0x2c1b3c6d) >>> 0;
  return (mixed >>> 4) % SAMPLE ** level === 0;
}

function pack(chunk: Chunk): void {
  if (chunk.live === chunk.length) return;
  let to = 0;
  for (let i = 0; i < chunk.length; i++) {
    const at = chunk.groups[i] ?? REMOVED;
    if (at === REMOVED) continue;
    chunk.groups[to] = at;
    chunk.seqs[to] = chunk.seqs[i] ?? 0;
    to++;
  }
  chunk.length = to;
}

function append(to: Chunk, from: Chunk): void {
  for (let i = 0; i < from.length; i++) {
    const at = from.groups[i] ?? REMOVED;
    if (at === REMOVED) continue;
    to.groups[to.length] = at;
    to.seqs[to.length] = from.seqs[i] ?? 0;
    to.length++;
    to.live++;
  }
}
