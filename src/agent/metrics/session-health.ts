import type { Health } from "../../telemetry/health.ts";
import { count } from "../../telemetry/log-lines.ts";
import type { SessionState } from "./state.ts";

/** Maximum seconds that the oldest alert of a healthy output waits. */
const MAX_LAG = 60;

/** Sets the health of outputs, of document sources and of alerts in the journal from their counters. */
export function observeHealth(
  health: Health,
  session: Pick<SessionState, "delivery" | "documents">,
  now = Date.now(),
): void {
  const behind = session.delivery
    .outputs()
    .filter(
      ({ waiting, first }) => waiting > 0 && first !== undefined && now - Number(first / 1_000_000n) > MAX_LAG * 1000,
    )
    .map(({ name, waiting }) => `${name} has a backlog of ${waiting}`);
  if (behind.length > 0) health.set("outputs", "degraded", some(behind));
  else health.set("outputs", "ok");
  const damaged = session.delivery.journal?.().damaged ?? 0;
  if (health.get("journal")?.state !== "failed") {
    if (damaged > 0) health.set("journal", "degraded", `${count(damaged, "alert")} could not be read (damaged)`);
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
