import type { DeliveryEvent } from "../../output/dispatch/reports.ts";
import type { Log } from "../../telemetry/log.ts";
import { type LogLine, said } from "../../telemetry/said.ts";

/** Logs an event of the dispatcher. Without a journal there are no dead letters to list. */
export function logEvent(event: DeliveryEvent, log: Log, from: "journal" | "memory"): void {
  log(wordFor(event, from));
}

function wordFor(event: DeliveryEvent, from: "journal" | "memory"): LogLine {
  switch (event.kind) {
    case "recovered":
      return said.deliveredAgain(event.output);
    case "backlog":
      return said.behind(event.output, event.alerts);
    case "blocked":
      return said.heldBack(event.output, event.reason);
    case "warning":
      return said.remarkOn(event.output, event.reason);
    case "lost":
      return said.lostFor(event.output, event.alerts, event.reason);
    case "rejected":
      return from === "journal"
        ? said.refusedBy(event.output, event.reason)
        : said.rejectedBy(event.output, event.reason);
    case "ended":
      return said.outputEnded(event.output, event.reason);
    case "failing":
      return said.notDelivered(event.output, event.reason);
  }
}
