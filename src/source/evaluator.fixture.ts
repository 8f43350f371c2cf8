import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type Json } from "../event/document.ts";
import { Event } from "../event/event.ts";
import { openInbox } from "./inbox.ts";

/** Opens an inbox whose documents are evaluated on demand. */
export function openEvaluator(most = 1000) {
  const inbox = openInbox("json", { most });
  const seen: Json[] = [];
  const times: bigint[] = [];
  const event = new Event();
  /** Evaluates the documents in the inbox, and acknowledges them. */
  function evaluate(): void {
    while (inbox.next(event)) {
      if (event.document === undefined) continue;
      seen.push(event.document);
      times.push(event.time);
    }
    inbox.settle();
  }
  return {
    inbox,
    /** Evaluated documents, oldest first. */
    seen,
    /** Time of each evaluated document. */
    times,
    evaluate,
    /** Evaluates documents until `count` of them have been evaluated. */
    async until(count: number): Promise<void> {
      for (let i = 0; i < 5000 && seen.length < count; i++) {
        evaluate();
        await sleep(20);
      }
    },
    numbers: (): unknown[] => seen.map((value) => (isObject(value) ? value.n : undefined)),
  };
}
