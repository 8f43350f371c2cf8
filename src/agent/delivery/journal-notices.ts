import type { InternalEvent } from "../../alert/internal.ts";
import type { News } from "../../journal/journal.ts";
import { count, type LogLine, logLines } from "../../telemetry/log-lines.ts";

/** The log line that reports an event of the journal. */
export function noticeLine(news: News, file: string): LogLine {
  switch (news.kind) {
    case "stopped":
      return logLines.journalStopped(file, news.fault, news.reason);
    case "resumed":
      return logLines.journalResumed(news.late, news.missed);
    case "overflow":
      return logLines.journalOverflow(file);
    case "left":
      return logLines.journalLeft(news.alerts, news.reserved, file);
    case "restored":
      return logLines.journalRestored(news.alerts, news.unreadable, file);
    case "rejecting":
      return logLines.journalRejecting(file);
    case "accepting":
      return logLines.journalAccepting(news.refused);
    case "replaced":
      return logLines.journalReplaced(file, news.reason, news.aside, news.isCopy);
    case "recovered":
      return logLines.journalRecovered(news.saved, news.lost, news.aside);
    case "unreadable":
      return logLines.alertsDamaged(news.alerts);
    case "killed":
      return logLines.endedWithoutStop(timeText(news.alive));
    case "clock jumped":
      return logLines.clockJumped(news.ahead, news.atStart);
    case "clock trusted":
      return logLines.clockTrusted(news.wentBack);
  }
}

/** The alert that reports an event of the journal; undefined if the event is only logged. */
export function noticeEvent(news: News, file: string): InternalEvent | undefined {
  if (news.kind === "replaced") {
    const { reason, aside, isCopy } = news;
    return {
      rule: "Eyas internal: journal replaced",
      priority: "Critical",
      message: `The journal was replaced by a new file: ${reason}.${isCopy ? " All alerts were copied to it." : aside === undefined ? "" : " Readable alerts are recovered."}`,
      fields: {
        "eyas.journal": file,
        "eyas.reason": reason,
        ...(aside !== undefined && { "eyas.journal.previous": aside }),
      },
    };
  }
  if (news.kind === "accepting")
    return {
      rule: "Eyas internal: alerts not stored",
      priority: "Error",
      message: `${count(news.refused, "alert")} of large groups ${news.refused === 1 ? "was" : "were"} not stored because a long-running reader prevented the journal from freeing space (journal.max_size). Delivery continued from memory.`,
      fields: { "eyas.journal": file, "eyas.alerts": news.refused },
    };
  if (news.kind === "resumed" && news.noRoom > 0)
    return {
      rule: "Eyas internal: alerts not stored",
      priority: "Error",
      message: `${count(news.noRoom, "alert")} could not be stored because the journal could not be written and the in-memory queue was full. Delivery continued from memory.`,
      fields: { "eyas.journal": file, "eyas.alerts": news.noRoom },
    };
  if (news.kind === "recovered" && news.lost > 0) return damageEvent(news.lost, file);
  if (news.kind === "unreadable") return damageEvent(news.alerts, file);
  if (news.kind === "clock jumped" && !news.atStart) {
    const ahead = count(Math.round(news.ahead / 60_000), "minute");
    return {
      rule: "Eyas internal: clock jumped",
      priority: "Critical",
      message: `The system clock jumped ${ahead} ahead. For one hour, alerts expire based on the time before the jump.`,
      fields: { "eyas.journal": file, "eyas.clock.ahead": ahead },
    };
  }
  if (news.kind === "killed") {
    const time = timeText(news.alive);
    return {
      rule: "Eyas internal: terminated unexpectedly",
      priority: "Error",
      message: `Eyas terminated unexpectedly${time === "" ? "" : ` at ${time} or up to 15 seconds later`}: the process was killed, or the machine stopped.`,
      fields: { ...(time !== "" && { "eyas.alive": time }) },
    };
  }
  return undefined;
}

function damageEvent(alerts: number, file: string): InternalEvent {
  return {
    rule: "Eyas internal: alerts damaged",
    priority: "Critical",
    message: `${count(alerts, "alert")} in the journal could not be read (damaged).`,
    fields: { "eyas.journal": file, "eyas.alerts": alerts },
  };
}

/** Formats a time in milliseconds since the epoch as ISO 8601; empty if the time is unknown. */
function timeText(time: number): string {
  return time > 0 && time < 8.64e15 ? new Date(time).toISOString() : "";
}
