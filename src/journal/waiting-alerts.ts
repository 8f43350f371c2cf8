import type { Entry } from "../alert/entry.ts";
import type { Priority } from "../rule/rule.ts";
import { bytesOf } from "./append.ts";

/** Maximum number of waiting alerts. */
const MAX_ALERTS = 5000;
/** Maximum total size of waiting alerts, estimated in bytes. */
const MAX_BYTES = 8 << 20;
/** Fraction of the two limits above up to which alerts of frequent rules are added, unless they are severe. */
const COMMON_SHARE = 0.75;
/** Number of waiting alerts of a rule from which the rule counts as frequent. */
const FREQUENT = 50;
const SEVERE: ReadonlySet<Priority> = new Set<Priority>(["Emergency", "Alert", "Critical"]);

/**
 * Alerts that wait in memory because they could not be written, in order, with the IDs under which they will be
 * written.
 */
export class WaitingAlerts {
  private entries: Entry[] = [];
  private ids: Uint8Array[] = [];
  private bytes = 0;
  private readonly byRule = new Map<string, number>();

  get length(): number {
    return this.entries.length;
  }

  /** Adds an alert. @returns the ID of the alert; undefined if a limit is reached and the alert was not added */
  add(entry: Entry, nextId: () => Uint8Array): Uint8Array | undefined {
    const bytes = bytesOf(entry);
    const ofRule = this.byRule.get(entry.rule) ?? 0;
    const share = ofRule < FREQUENT || SEVERE.has(entry.priority) ? 1 : COMMON_SHARE;
    if (this.length >= MAX_ALERTS * share || this.bytes + bytes > MAX_BYTES * share) return undefined;
    const id = nextId();
    this.entries.push(entry);
    this.ids.push(id);
    this.bytes += bytes;
    this.byRule.set(entry.rule, ofRule + 1);
    return id;
  }

  /** Returns the oldest alerts, at most `most`. */
  first(most: number): { readonly entries: readonly Entry[]; readonly ids: readonly Uint8Array[] } {
    return { entries: this.entries.slice(0, most), ids: this.ids.slice(0, most) };
  }

  /** Removes the `alerts` oldest alerts. */
  remove(alerts: number): void {
    for (const entry of this.entries.splice(0, alerts)) {
      this.bytes -= bytesOf(entry);
      const left = (this.byRule.get(entry.rule) ?? 0) - 1;
      if (left > 0) this.byRule.set(entry.rule, left);
      else this.byRule.delete(entry.rule);
    }
    this.ids.splice(0, alerts);
  }
}
