import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type Json } from "../event/document.ts";
import { Event } from "../event/event.ts";
import { openInbox } from "./inbox.ts";

/** A box for documents, and somebody who judges what is in it when asked. */
export function openJudge(most = 1000) {
  const inbox = openInbox("json", { most });
  const seen: Json[] = [];
  const times: bigint[] = [];
  const event = new Event();
  /** Judges what waits; its senders hear of it. */
  function judge(): void {
    while (inbox.next(event)) {
      if (event.document === undefined) continue;
      seen.push(event.document);
      times.push(event.time);
    }
    inbox.settle();
  }
  return {
    inbox,
    /** What was judged, in its order. */
    seen,
    /** The time of each. */
    times,
    judge,
    /** Judges until so many were. */
    async until(count: number): Promise<void> {
      for (let i = 0; i < 5000 && seen.length < count; i++) {
        judge();
        await sleep(20);
      }
    },
    numbers: (): unknown[] => seen.map((value) => (isObject(value) ? value.n : undefined)),
  };
}
