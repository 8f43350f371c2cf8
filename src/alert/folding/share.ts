import type { RuleAlert } from "../alert.ts";
import { Bucket } from "./bucket.ts";
import type { Level } from "./limits.ts";
import type { Repeats } from "./repeats.ts";

/** The value that distinguishes a share from other shares with the same parent, such as a process ID. */
export type ShareKey = string | number;

/**
 * The token bucket and the folded matches of a rule, or of one account, user, program, process or subject of the rule.
 */
export class Share {
  readonly level: Level;
  readonly parent: Share | undefined;
  readonly key: ShareKey;
  readonly bucket: Bucket;
  /** Reserve tokens of an account. They are used while the rule has no tokens. */
  readonly reserve: Bucket | undefined;
  children: Map<ShareKey, Share> | undefined = undefined;
  /** Number of folded matches since the last alert of this share. */
  folded = 0;
  /** The alert of the first folded match, which is raised when the matches are reported. */
  sample: RuleAlert | undefined = undefined;
  /** Time when the first match was folded, in milliseconds. */
  since = 0;
  private first = 0n;
  private last = 0n;

  /** @param now milliseconds */
  constructor(level: Level, parent: Share | undefined, key: ShareKey, now: number) {
    this.level = level;
    this.parent = parent;
    this.key = key;
    this.bucket = new Bucket(level.limits, now);
    this.reserve = level.reserve && new Bucket(level.reserve, now);
  }

  /** Whether the share has no state to keep: it has no folded matches, and its token bucket is full. */
  isIdle(now: number): boolean {
    return this.folded === 0 && this.bucket.isFull(now);
  }

  get isParent(): boolean {
    return this.children !== undefined && this.children.size > 0;
  }

  /**
   * Counts a folded match.
   * @param time nanoseconds since the epoch
   */
  fold(time: bigint): void {
    if (this.folded === 0) this.first = time;
    this.folded++;
    this.last = time;
  }

  /** Adds the folded matches of another share. */
  addFolded({ folded, sample, since, first, last }: Share): void {
    if (this.folded === 0 || first < this.first) this.first = first;
    if (this.folded === 0 || last > this.last) this.last = last;
    if (this.folded === 0 || since < this.since) this.since = since;
    this.folded += folded;
    this.sample ??= sample;
  }

  /**
   * Resets the count of folded matches.
   * @returns the matches to add to an alert
   * @param own number of folded matches that the alert itself represents
   */
  release(own: number): Repeats {
    const { folded, first, last } = this;
    this.folded = 0;
    this.sample = undefined;
    return { count: folded - own, first, last };
  }
}
