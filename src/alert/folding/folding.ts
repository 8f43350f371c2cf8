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

/** Number of shares examined for eviction. */
const EVICTION_SEARCH = 64;
/** Milliseconds between reports of repeats. */
const REPORT_INTERVAL = 500;

/**
 * Folds repeated matches. Above a rate, a match of the same rule, account, user, program, process and subject raises no
 * alert and is counted. The next alert of the subject, raised after at most {@link PERIOD}, states the count. For
 * varied subjects, the limits of processes, programs, users, accounts and rules apply, and alerts state the counts of
 * these. The number of alerts plus repeats equals the number of matches.
 */
export class Folding {
  /** Milliseconds since the epoch. Set before calling `match`, which does not read the clock. */
  now: number;
  /** Number of shares that were evicted before their used tokens were refilled. */
  evicted = 0;
  private readonly level: Level;
  private readonly emit: (alert: RuleAlert) => void;
  /** Shares below rules, in the order in which they are checked for eviction. */
  private readonly shares = new Set<Share>();
  /** Shares with folded matches that no alert has reported yet. */
  private readonly open = new Set<Share>();
  private reportedAt = 0;

  /** @param emit receives alerts */
  constructor(limits: FoldingLimits, emit: (alert: RuleAlert) => void, now: number) {
    this.level = levelsFor(limits);
    this.emit = emit;
    this.now = now;
  }

  /** Number of shares below rules in memory. */
  get size(): number {
    return this.shares.size;
  }

  /** Applies new limits; used tokens stay used. */
  limit(limits: FoldingLimits): void {
    setLimits(this.level, limits);
  }

  /** Creates the share of a rule. */
  rule(): Share {
    return new Share(this.level, undefined, "", this.now);
  }

  /** Raises the alert of a match, or counts it. */
  match(rule: FoldedRule, event: Observed): void {
    const { now } = this;
    const root = rule.share;
    /** The innermost share without available tokens. */
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

  /** Raises alerts for matches folded at least a {@link PERIOD} ago. Takes effect at most once every half second. */
  report(): void {
    const { now, open } = this;
    if (open.size === 0 || Math.abs(now - this.reportedAt) < REPORT_INTERVAL) return;
    this.reportedAt = now;
    for (const share of open) if (Math.abs(now - share.since) >= PERIOD) this.reportShare(share);
  }

  /** Raises alerts for all folded matches. */
  flush(): void {
    for (const share of this.open) this.reportShare(share);
  }

  /** Raises alerts for all folded matches and removes all shares. Rules need new shares afterwards. */
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
   * Raises an alert that states the folded matches of a share.
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
   * Removes an idle share. If none is found, removes the examined share with the fewest folded matches and adds these
   * to its parent.
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
