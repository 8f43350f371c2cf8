import type { OutputCounts } from "../../output/dispatch/counts.ts";
import type { Health } from "../../telemetry/health.ts";
import { count } from "../../telemetry/log-lines.ts";
import type { SessionState } from "./state.ts";

/** Maximum seconds that the oldest alert of a healthy output waits, in addition to its interval. */
const MAX_LAG = 60;

/** Outputs whose receiver rejects alerts and has accepted none since. */
class RejectingOutputs {
  private readonly last = new Map<string, { rejected: number; delivered: number; isRejecting: boolean }>();

  /** To be called at each check, with the counts at that time. */
  has({ name, rejected, delivered }: OutputCounts): boolean {
    const last = this.last.get(name) ?? { rejected: 0, delivered: 0, isRejecting: false };
    const isRejecting = delivered > last.delivered ? false : rejected > last.rejected || last.isRejecting;
    this.last.set(name, { rejected, delivered, isRejecting });
    return isRejecting;
  }
}

const memories = new WeakMap<Health, RejectingOutputs>();

function troubleOf({ name, waiting, first, interval = 0 }: OutputCounts, isRejecting: boolean, now: number): string[] {
  if (isRejecting) return [`${name} rejects alerts`];
  const lag = waiting === 0 || first === undefined ? 0 : now - Number(first / 1_000_000n);
  return lag > MAX_LAG * 1000 + interval ? [`${name} has a backlog of ${waiting}`] : [];
}

/** Sets the health of outputs, of document sources and of alerts in the journal from their counters. */
export function observeHealth(
  health: Health,
  session: Pick<SessionState, "delivery" | "documents">,
  now = Date.now(),
): void {
  const rejecting = memories.get(health) ?? new RejectingOutputs();
  memories.set(health, rejecting);
  const troubles = session.delivery.outputs().flatMap((output) => troubleOf(output, rejecting.has(output), now));
  if (troubles.length > 0) health.set("outputs", "degraded", some(troubles));
  else health.set("outputs", "ok");
  const journal = session.delivery.journal?.();
  const damaged = journal?.damaged ?? 0;
  if (health.get("journal")?.state !== "failed") {
    if (damaged > 0) health.set("journal", "degraded", `${count(damaged, "alert")} could not be read (damaged)`);
    else if ((journal?.clockAhead ?? 0) > 0)
      health.set("journal", "degraded", "the system clock jumped ahead; alerts expire by the earlier clock");
    else if (health.get("journal")?.state === "degraded") health.set("journal", "ok");
  }
  const down = downFeeds(session).map(({ from, reason }) => `${from}: ${reason}`);
  if ((session.documents ?? []).length === 0) health.remove("sources");
  else if (down.length > 0) health.set("sources", "degraded", some(down));
  else health.set("sources", "ok");
}

/** Origins that deliver no events. */
export function downFeeds({ documents = [] }: Pick<SessionState, "documents">): readonly {
  readonly source: string;
  readonly from: string;
  readonly reason: string;
}[] {
  return documents.flatMap(({ source, feeds }) =>
    feeds.flatMap(({ from, trouble }) => (trouble === undefined ? [] : [{ source, from, reason: trouble }])),
  );
}

/** Maximum entries of a reason. */
const SHOWN = 3;

function some(entries: readonly string[]): string {
  const rest = entries.length - SHOWN;
  return entries.slice(0, SHOWN).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
