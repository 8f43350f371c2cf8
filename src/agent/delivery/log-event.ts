import type { DeliveryEvent } from "../../output/dispatch/reports.ts";
import type { Log } from "../../telemetry/log.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";

/** Logs an event of the dispatcher. Without a journal, log lines do not mention dead letters, since none are stored. */
export function logEvent(event: DeliveryEvent, log: Log, from: "journal" | "memory"): void {
  log(wordFor(event, from));
}

function wordFor(event: DeliveryEvent, from: "journal" | "memory"): LogLine {
  switch (event.kind) {
    case "recovered":
      return logLines.deliveryRecovered(event.output);
    case "slow":
      return logLines.outputSlow(event.output, event.milliseconds);
    case "backlog":
      return logLines.backlog(event.output, event.alerts);
    case "blocked":
      return logLines.deliveryBlocked(event.output, event.reason);
    case "warning":
      return logLines.outputWarning(event.output, event.reason);
    case "lost":
      return logLines.alertsLost(event.output, event.alerts, event.reason);
    case "rejected":
      return from === "journal"
        ? logLines.alertsDeadLettered(event.output, event.reason)
        : logLines.alertsRejected(event.output, event.reason);
    case "ended":
      return logLines.outputEnded(event.output, event.reason);
    case "failing":
      return logLines.deliveryFailing(event.output, event.reason);
  }
}
