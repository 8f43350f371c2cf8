import { type Counts, noCounts } from "../../journal/counts.ts";
import type { OutputCounts } from "../../output/dispatch/counts.ts";
import { isLate, lagOf, type OutputState, outputState } from "../../output/state.ts";
import type { Health } from "../../telemetry/health.ts";
import { count } from "../../telemetry/log-lines.ts";
import type { SessionState } from "./state.ts";

/** Time for which the journal stays degraded after its file was replaced, in milliseconds. */
const AFTERMATH = 600_000;

/** Tracks the number of replaced journal files, and the time of the last replacement. */
class ReplacedJournals {
  private files = 0;
  private at = Number.NEGATIVE_INFINITY;

  /** Whether a journal file was replaced recently. Must be called at each check with the number of replaced files. */
  recent(files: number, now: number): boolean {
    if (files > this.files) this.at = now;
    this.files = files;
    return now - this.at < AFTERMATH;
  }
}

/** Replaced journals that previous checks detected. */
const replacedJournals = new WeakMap<Health, ReplacedJournals>();

/** States in which an output is not healthy even without a late alert. */
const UNHEALTHY: readonly OutputState[] = ["closed", "rejecting"];

function troubleOf(output: OutputCounts, now: number): string[] {
  const { name, waiting, first, removed = false } = output;
  if (removed) return [];
  const backlog = { ...output, lag: lagOf(first, now) };
  const state = outputState(backlog);
  if (UNHEALTHY.includes(state)) return [`${name} is ${state}`];
  return isLate(backlog) ? [`${name} is ${state} and has a backlog of ${count(waiting, "alert")}`] : [];
}

/** Sets the health of outputs, document sources and the journal from their counters. */
export function observeHealth(
  health: Health,
  session: Pick<SessionState, "delivery" | "documents">,
  now = Date.now(),
): void {
  const replaced = replacedJournals.get(health) ?? new ReplacedJournals();
  replacedJournals.set(health, replaced);
  const troubles = session.delivery.outputs().flatMap((output) => troubleOf(output, now));
  const { failure } = session.delivery;
  if (failure !== undefined) health.set("outputs", "failed", `the dispatcher stopped: ${failure}`);
  else if (troubles.length > 0) health.set("outputs", "degraded", some(troubles));
  else health.set("outputs", "ok");
  const trouble = journalTrouble(session.delivery.journal?.() ?? noCounts, replaced, now);
  if (health.get("journal")?.state !== "failed") {
    if (trouble !== undefined) health.set("journal", "degraded", trouble);
    else if (health.get("journal")?.state === "degraded") health.set("journal", "ok");
  }
  const down = downFeeds(session).map(({ from, reason }) => `${from}: ${reason}`);
  if ((session.documents ?? []).length === 0) health.remove("sources");
  else if (down.length > 0) health.set("sources", "degraded", some(down));
  else health.set("sources", "ok");
}

function journalTrouble(counts: Counts, replaced: ReplacedJournals, now: number): string | undefined {
  const isReplaced = replaced.recent(counts.replaced, now);
  if (counts.damaged > 0) return `${count(counts.damaged, "alert")} could not be read (damaged)`;
  if (isReplaced) return "the journal file was damaged or removed, and has been replaced by a new file";
  if (counts.clockAhead > 0) return "the system clock jumped ahead; alerts expire based on the time before the jump";
  return undefined;
}

/** Origins from which no events can be received, with reasons. */
export function downFeeds({ documents = [] }: Pick<SessionState, "documents">): readonly {
  readonly source: string;
  readonly from: string;
  readonly reason: string;
}[] {
  return documents.flatMap(({ source, feeds }) =>
    feeds.flatMap(({ from, trouble }) => (trouble === undefined ? [] : [{ source, from, reason: trouble }])),
  );
}

/** Maximum number of outputs or origins listed in a reason. */
const SHOWN = 3;

function some(entries: readonly string[]): string {
  const rest = entries.length - SHOWN;
  return entries.slice(0, SHOWN).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}
