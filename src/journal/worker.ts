// Worker that writes a journal, so that no other thread waits for the disk.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Entry } from "../alert/entry.ts";
import { trimRegularly } from "../worker/trim.ts";
import { type AppendResult, type DurableWriter, type JournalSettings, openDurableWriter } from "./durable-writer.ts";
import type { WriterMessage, WriterOrder } from "./messages.ts";

/** Number of alerts from which no more queued requests are combined with a request to write alerts. */
const MOST = 5000;
/** Interval between checks of the journal and its limits, in milliseconds. */
const TIDY = 1000;
/** Maximum duration of a step that deletes alerts beyond the limits, in milliseconds. */
const TIDY_BUDGET = 100;

if (parentPort !== null) work(parentPort, workerData as JournalSettings);

function work(port: MessagePort, settings: JournalSettings): void {
  const answer = (one: WriterMessage): void => port.postMessage(one);
  const writer = openDurableWriter(settings, (news) => answer({ kind: "news", news }));
  let tidied = performance.now();
  let opened = false;
  announce();
  const timer = setInterval(tidy, TIDY);
  let again: NodeJS.Immediate | undefined;
  trimRegularly();

  function tidy(): void {
    clearImmediate(again);
    tidied = performance.now();
    writer.retry();
    // With setImmediate, alerts can be written between the steps.
    if ([writer.watch(), writer.enforceLimits(TIDY_BUDGET)].some((more) => more)) again = setImmediate(tidy);
    announce();
    answer({ kind: "counts", counts: writer.counts() });
  }

  /**
   * Reports once that the journal is open, with the sequence number of the newest alert that this worker did not write.
   */
  function announce(): void {
    if (opened || writer.last === undefined) return;
    opened = true;
    answer({ kind: "opened", last: writer.last - writer.counts().kept });
  }

  port.on("message", (first: WriterOrder) => {
    // Handles all queued requests, so that their alerts can be written in one transaction.
    for (let order: WriterOrder | undefined = first; order !== undefined; ) order = handle(writer, order);
    if (performance.now() - tidied >= TIDY) tidy();
  });

  /**
   * Handles a request. A request to write alerts is combined with the queued requests to write alerts that follow it.
   * @returns the next queued request; undefined if there is none
   */
  function handle(one: DurableWriter, order: WriterOrder): WriterOrder | undefined {
    if (order.kind === "close") {
      clearInterval(timer);
      clearImmediate(again);
      one.close();
      answer({ kind: "counts", counts: one.counts() });
      answer({ kind: "closed" });
      port.close();
      return undefined;
    }
    if (order.kind === "place") {
      one.setPosition(order.name, order.seq);
      return next();
    }
    if (order.kind === "record") {
      answer({ kind: "recorded", done: one.saveProgress(order.progress) });
      return next();
    }
    if (order.kind === "limit") {
      one.limit(order.limits);
      tidy();
      return next();
    }
    const orders = [order];
    let entries: readonly Entry[] = order.entries;
    let after = next();
    while (after?.kind === "keep" && after.hold === order.hold && entries.length < MOST) {
      orders.push(after);
      entries = entries.concat(after.entries);
      after = next();
    }
    const kept = one.append(entries, order.hold);
    announce();
    let from = 0;
    for (const { entries: own } of orders) {
      answer({ kind: "kept", kept: partOf(kept, from, from + own.length) });
      from += own.length;
    }
    return after;
  }

  function next(): WriterOrder | undefined {
    const received: { message: WriterOrder } | undefined = receiveMessageOnPort(port);
    return received?.message;
  }
}

/** The result for the alerts from index `from` up to, but not including, `to`. */
function partOf(kept: AppendResult, from: number, to: number): AppendResult {
  if ("fault" in kept) return kept;
  const { ids, late } = kept;
  return { ids: ids.slice(from, to), ...(late && { late: { ...late, ids: late.ids.slice(from, to) } }) };
}
