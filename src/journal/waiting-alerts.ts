import type { Entry } from "../alert/entry.ts";
import type { Priority } from "../rule/rule.ts";
import { bytesOf } from "./append.ts";
import { idText } from "./id.ts";
import type { Reserve, ReservedAlert } from "./reserve.ts";

/** Maximum number of waiting alerts. */
const MAX_ALERTS = 5000;
/** Maximum total size of waiting alerts, estimated in bytes. */
const MAX_BYTES = 8 << 20;
/** Fraction of the two limits above up to which alerts of frequent rules are added, unless they are severe. */
const COMMON_SHARE = 0.75;
/** Number of waiting alerts of a rule from which the rule counts as frequent. */
const FREQUENT = 50;
const SEVERE: ReadonlySet<Priority> = new Set<Priority>(["Emergency", "Alert", "Critical"]);

interface WaitingAlert extends ReservedAlert {
  /** Whether the alert is also in the reserve. */
  readonly isReserved: boolean;
}

/**
 * Alerts that wait in memory because they could not be written, in order, with the IDs under which they will be
 * written. As many as possible are also written to the reserve.
 */
export class WaitingAlerts {
  private alerts: WaitingAlert[] = [];
  private bytes = 0;
  private readonly byRule = new Map<string, number>();
  private readonly reserve: Pick<Reserve, "add">;

  constructor(reserve: Pick<Reserve, "add">) {
    this.reserve = reserve;
  }

  get length(): number {
    return this.alerts.length;
  }

  /** Number of alerts that are also in the reserve. */
  get reserved(): number {
    return this.alerts.reduce((sum, { isReserved }) => sum + Number(isReserved), 0);
  }

  /**
   * Adds alerts from the reserve before the waiting alerts, except alerts that are already waiting. Adds the other
   * waiting alerts to the reserve.
   * @returns the number of added alerts
   */
  restore(alerts: readonly ReservedAlert[]): number {
    const there = new Set(alerts.map(({ id }) => idText(id)));
    const before = this.alerts.map((alert) => ({
      ...alert,
      isReserved: there.delete(idText(alert.id)) || this.reserve.add(alert, this.isFrequent(alert.entry)),
    }));
    const added = alerts.filter(({ id }) => there.has(idText(id))).map((alert) => ({ ...alert, isReserved: true }));
    this.alerts = [...added, ...before];
    for (const { entry } of added) this.count(entry, 1);
    return added.length;
  }

  /** The largest ID of a waiting alert; undefined if there is none. */
  newestId(): Uint8Array | undefined {
    return this.alerts.reduce<Uint8Array | undefined>(
      (newest, { id }) => (newest !== undefined && Buffer.compare(newest, id) >= 0 ? newest : id),
      undefined,
    );
  }

  /** Adds an alert. @returns the ID of the alert; undefined if a limit is reached and the alert was not added */
  add(entry: Entry, nextId: () => Uint8Array): Uint8Array | undefined {
    const bytes = bytesOf(entry);
    const isFrequent = this.isFrequent(entry);
    const share = isFrequent ? COMMON_SHARE : 1;
    if (this.length >= MAX_ALERTS * share || this.bytes + bytes > MAX_BYTES * share) return undefined;
    const id = nextId();
    this.alerts.push({ entry, id, isReserved: this.reserve.add({ entry, id }, isFrequent) });
    this.count(entry, 1);
    return id;
  }

  /** Returns the oldest alerts, at most `most`. */
  first(most: number): { readonly entries: readonly Entry[]; readonly ids: readonly Uint8Array[] } {
    const first = this.alerts.slice(0, most);
    return { entries: first.map(({ entry }) => entry), ids: first.map(({ id }) => id) };
  }

  /** Removes the `alerts` oldest alerts. */
  remove(alerts: number): void {
    for (const { entry } of this.alerts.splice(0, alerts)) this.count(entry, -1);
  }

  /** Whether an alert must leave space for other alerts. */
  private isFrequent({ rule, priority }: Entry): boolean {
    return (this.byRule.get(rule) ?? 0) >= FREQUENT && !SEVERE.has(priority);
  }

  /** Counts an alert that was added (1) or removed (-1). */
  private count(entry: Entry, change: 1 | -1): void {
    this.bytes += change * bytesOf(entry);
    const ofRule = (this.byRule.get(entry.rule) ?? 0) + change;
    if (ofRule > 0) this.byRule.set(entry.rule, ofRule);
    else this.byRule.delete(entry.rule);
  }
}
