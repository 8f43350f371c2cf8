import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type Json } from "../event/document.ts";
import { Event } from "../event/event.ts";
import { openInbox } from "./inbox.ts";

/** A box for documents, and somebody who judges what is in it when asked. */
export function openJudge(most = 1000) {
  const inbox = openInbox("json", { most });
  const seen: Json[] = [];
  const event = new Event();
  /** Judges what waits; its senders hear of it. */
  function judge(): void {
    while (inbox.next(event)) if (event.document !== undefined) seen.push(event.document);
    inbox.settle();
  }
  return {
    inbox,
    /** What was judged, in its order. */
    seen,
    judge,
    /** Judges until so many were. */
    async until(count: number): Promise<void> {
      for (let i = 0; i < 600 && seen.length < count; i++) {
        judge();
        await sleep(20);
      }
    },
    numbers: (): unknown[] => seen.map((value) => (isObject(value) ? value.n : undefined)),
  };
}
