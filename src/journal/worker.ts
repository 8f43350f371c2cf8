// Worker that writes a journal, so that no other thread waits for the disk.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Entry } from "../alert/entry.ts";
import { trimRegularly } from "../worker/trim.ts";
import { type DurableWriter, type JournalSettings, openDurableWriter } from "./durable-writer.ts";
import type { WriterMessage, WriterOrder } from "./messages.ts";

/** Maximum alerts per transaction. */
const MOST = 5000;
/** Milliseconds between two checks of the limits, and maximum milliseconds per check. */
const TIDY = 1000;
const TIDY_BUDGET = 100;

if (parentPort !== null) work(parentPort, workerData as JournalSettings);

function work(port: MessagePort, settings: JournalSettings): void {
  const answer = (one: WriterMessage): void => port.postMessage(one);
  const writer = openDurableWriter(settings, (news) => answer({ kind: "news", news }));
  let tidied = Date.now();
  let opened = false;
  announce(0);
  const timer = setInterval(tidy, TIDY);
  let again: NodeJS.Immediate | undefined;
  trimRegularly();

  function tidy(): void {
    clearImmediate(again);
    tidied = Date.now();
    // Alerts are written in between.
    if ([writer.watch(), writer.enforceLimits(TIDY_BUDGET)].some((more) => more)) again = setImmediate(tidy);
    announce(0);
    answer({ kind: "counts", counts: { ...writer.counts() } });
  }

  /** Reports once that the journal is open, with the position before the alerts that were just written. */
  function announce(justKept: number): void {
    if (opened || writer.last === undefined) return;
    opened = true;
    answer({ kind: "opened", last: writer.last - justKept });
  }

  port.on("message", (first: WriterOrder) => {
    // All requests that arrived meanwhile are written in one transaction.
    for (let order: WriterOrder | undefined = first; order !== undefined; ) order = handle(writer, order);
    if (Date.now() - tidied >= TIDY) tidy();
  });

  /** @returns the next order, not carried out yet */
  function handle(one: DurableWriter, order: WriterOrder): WriterOrder | undefined {
    if (order.kind === "close") {
      clearInterval(timer);
      clearImmediate(again);
      one.close();
      answer({ kind: "counts", counts: { ...one.counts() } });
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
    while (after?.kind === "keep" && entries.length < MOST) {
      orders.push(after);
      entries = entries.concat(after.entries);
      after = next();
    }
    const kept = one.append(entries);
    announce("ids" in kept ? kept.ids.filter((id) => id !== undefined).length : 0);
    let from = 0;
    for (const { entries: own } of orders) {
      answer({ kind: "kept", kept: "ids" in kept ? { ids: kept.ids.slice(from, from + own.length) } : kept });
      from += own.length;
    }
    return after;
  }

  function next(): WriterOrder | undefined {
    const received: { message: WriterOrder } | undefined = receiveMessageOnPort(port);
    return received?.message;
  }
}
