import type { Observed } from "../../machine/observed.ts";
import type { RuleAlert } from "../alert.ts";
import type { Bucket } from "./bucket.ts";
import { type FoldingLimits, type Level, levelsFor, MAX_SHARES, PERIOD, setLimits } from "./limits.ts";
import type { Path } from "./path.ts";
import { addRepeats } from "./repeats.ts";
import { Share, type ShareKey } from "./share.ts";

/** A rule whose matches are folded. */
export interface FoldedRule {
  readonly share: Share;
  readonly path: Path;
  /** Creates the alert of the current match. */
  readonly raise: (event: Observed) => RuleAlert;
}

/** Minimum number of shares to examine before a share that is not idle is evicted. */
const EVICTION_SEARCH = 64;
/** Minimum interval between calls of `report` that take effect, in milliseconds. */
const REPORT_INTERVAL = 500;

/**
 * Folds repeated matches. Above a rate limit, matches with the same rule, account, user, program, process and subject
 * raise no alert and are only counted. The next alert with this subject contains the count. It is raised about
 * {@link PERIOD} later at the latest. If the subjects vary, the rate limits of the process, program, user, account and
 * rule apply, and the alert contains their counts. After {@link Folding.flush}, the number of alerts plus the number of
 * repeats equals the number of matches.
 */
export class Folding {
  /**
   * Current time, in milliseconds since the epoch. Must be set before `match` is called, because `match` does not read
   * the clock.
   */
  now: number;
  /** Number of shares that were evicted before they were idle. */
  evicted = 0;
  private readonly level: Level;
  private readonly emit: (alert: RuleAlert) => void;
  /** All shares except the shares of rules, in the order in which they are examined for eviction. */
  private readonly shares = new Set<Share>();
  /** Shares with folded matches that have not been reported by an alert. */
  private readonly open = new Set<Share>();
  private reportedAt = 0;

  /** @param emit called with each alert */
  constructor(limits: FoldingLimits, emit: (alert: RuleAlert) => void, now: number) {
    this.level = levelsFor(limits);
    this.emit = emit;
    this.now = now;
  }

  /** Number of shares in memory, without the shares of rules. */
  get size(): number {
    return this.shares.size;
  }

  /** Applies new limits. The token buckets are not refilled. */
  limit(limits: FoldingLimits): void {
    setLimits(this.level, limits);
  }

  /** Creates the share of a rule. */
  rule(): Share {
    return new Share(this.level, undefined, "", this.now);
  }

  /** Raises an alert for a match, or only counts the match. */
  match(rule: FoldedRule, event: Observed): void {
    const { now } = this;
    const root = rule.share;
    /** The innermost share that has no available tokens. */
    let exhausted = root.bucket.has(now) ? undefined : root;
    let reserve: Bucket | undefined;
    let share = root;
    for (const keyOf of rule.path) {
      const key = keyOf(event);
      let next = share.children?.get(key);
      if (next === undefined) {
        if (exhausted !== undefined && share !== root) break;
        next = this.add(share, key);
      }
      if (exhausted === root && next.reserve?.has(now)) {
        exhausted = undefined;
        reserve = next.reserve;
      }
      if (!next.bucket.has(now)) exhausted = next;
      share = next;
    }
    if (exhausted !== undefined) {
      this.fold(exhausted, rule, event);
      return;
    }
    reserve?.take();
    for (let at: Share | undefined = share; at !== undefined; at = at.parent) at.bucket.take();
    this.release(share, rule.raise(event), 0);
  }

  /**
   * Raises an alert with the number of repeats for each share whose first folded match is at least {@link PERIOD} old.
   * Takes effect at most once every {@link REPORT_INTERVAL}.
   */
  report(): void {
    const { now, open } = this;
    if (open.size === 0 || Math.abs(now - this.reportedAt) < REPORT_INTERVAL) return;
    this.reportedAt = now;
    for (const share of open) if (Math.abs(now - share.since) >= PERIOD) this.reportShare(share);
  }

  /** Milliseconds until {@link report} must be called; undefined if there are no folded matches. */
  get dueIn(): number | undefined {
    const [oldest] = this.open;
    return oldest && Math.max(REPORT_INTERVAL, PERIOD - Math.abs(this.now - oldest.since));
  }

  /** Raises alerts for all folded matches. */
  flush(): void {
    for (const share of this.open) this.reportShare(share);
  }

  /** Raises alerts for all folded matches and removes all shares. After this, each rule needs a new share. */
  clear(): void {
    this.flush();
    this.shares.clear();
  }

  private fold(share: Share, rule: FoldedRule, event: Observed): void {
    share.fold(event.time);
    if (share.folded > 1) return;
    share.since = this.now;
    share.sample = rule.raise(event);
    this.open.add(share);
  }

  private reportShare(share: Share): void {
    const { sample } = share;
    if (sample === undefined) return;
    sample.delayed = true;
    this.release(share, sample, 1);
  }

  /**
   * Raises an alert that contains the number of folded matches of a share.
   * @param own number of folded matches that `alert` itself represents
   */
  private release(share: Share, alert: RuleAlert, own: number): void {
    if (share.folded > 0) {
      this.open.delete(share);
      addRepeats(alert, share.release(own));
    }
    this.emit(alert);
  }

  private add(parent: Share, key: ShareKey): Share {
    if (this.shares.size >= MAX_SHARES) this.evict(parent);
    const share = new Share(parent.level.inner ?? parent.level, parent, key, this.now);
    parent.children ??= new Map();
    parent.children.set(key, share);
    this.shares.add(share);
    return share;
  }

  /**
   * Removes an idle share. If no examined share is idle, removes the share with the fewest folded matches and adds
   * these matches to its parent.
   */
  private evict(used: Share): void {
    let least: Share | undefined;
    let looked = 0;
    for (const share of this.shares) {
      if (looked++ >= EVICTION_SEARCH && least !== undefined) break;
      this.shares.delete(share);
      this.shares.add(share);
      if (share.isParent || share === used) continue;
      if (share.isIdle(this.now)) {
        this.remove(share);
        return;
      }
      if (least === undefined || share.folded < least.folded) least = share;
    }
    if (least === undefined) return;
    this.evicted++;
    this.remove(least);
  }

  private remove(share: Share): void {
    const { parent } = share;
    this.shares.delete(share);
    if (parent === undefined) return;
    parent.children?.delete(share.key);
    if (share.folded === 0) return;
    this.open.delete(share);
    parent.addFolded(share);
    this.open.add(parent);
  }
}
