import { type Counts, noCounts } from "../../journal/counts.ts";
import type { OutputCounts } from "../../output/dispatch/counts.ts";
import type { Health } from "../../telemetry/health.ts";
import { count } from "../../telemetry/log-lines.ts";
import type { SessionState } from "./state.ts";

/**
 * Maximum age of the oldest undelivered alert of a healthy output, in addition to the output's interval, in seconds.
 */
const MAX_LAG = 60;
/** Time for which the journal stays degraded after its file was replaced, in milliseconds. */
const AFTERMATH = 600_000;

/** Tracks the outputs that have rejected alerts and not accepted any alert since. */
class RejectingOutputs {
  private readonly last = new Map<string, { rejected: number; delivered: number; isRejecting: boolean }>();

  /** Whether an output currently rejects alerts. Must be called at each check with the counters of the output. */
  has({ name, rejected, delivered, removed = false }: OutputCounts): boolean {
    const last = this.last.get(name) ?? { rejected: 0, delivered: 0, isRejecting: false };
    const isRejecting = !removed && delivered <= last.delivered && (rejected > last.rejected || last.isRejecting);
    this.last.set(name, { rejected, delivered, isRejecting });
    return isRejecting;
  }
}

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

/** Results of the previous checks. */
interface Memory {
  readonly outputs: RejectingOutputs;
  readonly replaced: ReplacedJournals;
}

const memories = new WeakMap<Health, Memory>();

function troubleOf(output: OutputCounts, isRejecting: boolean, now: number): string[] {
  const { name, waiting, first, interval = 0, ended = false, removed = false } = output;
  if (removed) return [];
  if (ended) return [`${name} is closed`];
  if (isRejecting) return [`${name} rejects alerts`];
  const lag = waiting === 0 || first === undefined ? 0 : now - Number(first / 1_000_000n);
  return lag > MAX_LAG * 1000 + interval ? [`${name} has a backlog of ${count(waiting, "alert")}`] : [];
}

/** Sets the health of outputs, document sources and the journal from their counters. */
export function observeHealth(
  health: Health,
  session: Pick<SessionState, "delivery" | "documents">,
  now = Date.now(),
): void {
  const memory = memories.get(health) ?? { outputs: new RejectingOutputs(), replaced: new ReplacedJournals() };
  memories.set(health, memory);
  const troubles = session.delivery.outputs().flatMap((output) => troubleOf(output, memory.outputs.has(output), now));
  const { failure } = session.delivery;
  if (failure !== undefined) health.set("outputs", "failed", `the dispatcher stopped: ${failure}`);
  else if (troubles.length > 0) health.set("outputs", "degraded", some(troubles));
  else health.set("outputs", "ok");
  const trouble = journalTrouble(session.delivery.journal?.() ?? noCounts, memory.replaced, now);
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

/** Origins from which no events can be received, with the reason. */
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
