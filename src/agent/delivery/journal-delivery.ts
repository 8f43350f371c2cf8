import { setTimeout as wait } from "node:timers/promises";
import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { Journal } from "../../journal/journal.ts";
import { lostOf } from "../../output/dispatch/counts.ts";
import type { Log } from "../../telemetry/log.ts";
import { visibleJson } from "../../telemetry/visible.ts";
import type { Delivery, JournalListener } from "./delivery.ts";
import { openDispatcherWorker } from "./dispatcher-worker.ts";
import { configuredJournal, limitsOf } from "./journal.ts";
import { PartlyStored } from "./partly-stored.ts";
import { UnstoredAlerts } from "./unstored.ts";

/** Maximum time to wait at shutdown for alerts to be stored before the outputs are closed, in milliseconds. */
const CLOSE_PATIENCE = 5000;
/** Journal faults that are not disk errors. During these faults, alerts are not written to standard error. */
const EXPECTED: ReadonlySet<string> = new Set(["held", "denied", "foreign"]);

/**
 * Stores alerts in the journal, from which the dispatcher delivers them. Alerts that cannot be stored are delivered
 * from memory. Alerts that are stored after their delivery keep their IDs, so that they are not delivered twice.
 * @throws Failure if an output can't be opened
 */
export async function deliveryFromJournal(
  first: Config,
  log: Log,
  ended: () => void,
  listener: JournalListener,
  layout = false,
): Promise<Delivery> {
  let failed = false;
  const isReplay = first.engine.kind === "replay";
  const unstored = new UnstoredAlerts(log, isReplay);
  let tail = Promise.resolve();
  let newest: number | undefined;
  let journal: Journal | undefined;
  const partlyStored = new PartlyStored();
  const dispatcher = await openDispatcherWorker(first, {
    record: async (progress) => (await journal?.saveProgress(progress)) ?? false,
    ...{ ended, listener, log, layout },
  });
  const opened = configuredJournal(first.journal, log, {
    opened(last) {
      newest ??= last;
      dispatcher.order({ kind: "opened", newest });
      listener.opened?.(newest);
    },
    state(fault) {
      listener.state?.(fault);
      if (fault === undefined) wakeReaders(); // waiting alerts were stored
    },
    noticed: (event) => listener.noticed?.(event),
    replaced() {
      dispatcher.order({ kind: "journal replaced" });
      listener.replaced?.();
    },
  });
  journal = opened;

  function wakeReaders(): void {
    listener.stored?.();
    dispatcher.order({ kind: "wake" });
  }

  async function settle(kept: ReturnType<Journal["append"]>, batch: readonly Alert[], bytes: number): Promise<void> {
    const answer = await kept;
    unstored.remove(batch, bytes);
    const late = "ids" in answer ? answer.late : undefined;
    const stored = "ids" in answer ? answer.ids : [];
    const fault = "fault" in answer ? answer.fault : late?.fault;
    failed = fault !== undefined;
    const left = batch.flatMap((alert, i) => (stored[i] === undefined ? [plain(alert, late?.ids[i])] : []));
    if (fault !== undefined && !EXPECTED.has(fault))
      process.stderr.write(visibleJson(left.map(({ json }) => `${json}\n`).join("")));
    if (left.length > 0) dispatcher.order({ kind: "add", alerts: left, ...(late && { after: late.after }) });
    if (left.length === batch.length && fault !== undefined) return;
    wakeReaders();
    await dispatcher.positionsStored();
  }

  return {
    get lost() {
      return lostOf(dispatcher.counts());
    },
    get isBehind() {
      return failed || unstored.isMany;
    },
    outputs: dispatcher.counts,
    get failure() {
      return dispatcher.failure;
    },
    journal() {
      const counts = opened.counts();
      return { ...counts, missed: counts.missed + unstored.bypassed };
    },
    deliverUnstored: (alert) => dispatcher.order({ kind: "add", alerts: [plain(alert)] }),
    marked: opened,
    async deliver(batch) {
      if (unstored.isBypassing) {
        unstored.bypassed += batch.length;
        dispatcher.order({ kind: "add", alerts: batch.map((alert) => plain(alert)) });
        return;
      }
      const bytes = unstored.add(batch);
      const kept = opened.append(batch, true);
      tail = Promise.all([tail, settle(kept, batch, bytes)]).then(() => {});
      await unstored.room(kept);
    },
    async store(batch) {
      const fresh = partlyStored.without(batch);
      const kept = await opened.append(fresh);
      const ids = "ids" in kept ? kept.ids : [];
      const left = new Set(fresh.filter((_, i) => ids[i] === undefined));
      if (left.size > 0) partlyStored.add(batch.filter((alert) => !left.has(alert)));
      if (left.size < fresh.length) wakeReaders();
      if ("fault" in kept) return kept.fault;
      await dispatcher.positionsStored();
      return left.size > 0 ? "full" : undefined;
    },
    flushed: () => tail,
    reopen: () => dispatcher.order({ kind: "reopen" }),
    accepted: (output) => dispatcher.order({ kind: "accepted", output }),
    limit: ({ journal: own }) => opened.limit(limitsOf(own)),
    async apply({ config }) {
      dispatcher.replace(config);
    },
    async close() {
      await (isReplay ? tail : Promise.race([tail, wait(CLOSE_PATIENCE, undefined, { ref: false })]));
      await dispatcher.close();
      await opened.close();
    },
  };
}

/**
 * Returns a copy of an alert that can be sent to a worker.
 * @param id the ID of the alert in the journal
 */
function plain(
  { rule, priority, source, tags, time, message, text, json, parts, identity }: Alert,
  id?: string,
): Alert {
  return {
    ...{ rule, priority, source, tags, time, message, text, json },
    ...(parts && { parts: { ...parts } }),
    ...(id !== undefined && { id }),
    ...(identity !== undefined && { identity }),
  };
}
