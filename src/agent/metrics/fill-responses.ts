import type { ResponseCounts } from "../../response/responder/events.ts";
import type { Sheet } from "../../telemetry/sheet.ts";

/** States what was done about alerts, and what was held back. */
export function fillResponses(sheet: Sheet, counts: ResponseCounts | undefined): void {
  if (counts === undefined) return;
  const skipped = new Map<string, number>();
  for (const { action, outcome, count } of counts.steps) {
    if (outcome === "done" || outcome === "failed" || outcome === "unknown") {
      sheet.put("eyas_responses_total", { action, outcome }, count);
      continue;
    }
    sheet.put("eyas_responses_skipped_total", { action, reason: outcome }, count);
    skipped.set(action, (skipped.get(action) ?? 0) + count);
  }
  for (const [action, count] of skipped) sheet.put("eyas_responses_total", { action, outcome: "skipped" }, count);
  for (const { action, seconds, count } of counts.seconds) {
    sheet.put("eyas_response_seconds_total", { action }, seconds);
    sheet.put("eyas_response_runs_total", { action }, count);
  }
  sheet.put("eyas_responses_running", {}, counts.running);
  sheet.put("eyas_responses_waiting", {}, counts.waiting);
  sheet.put("eyas_responses_paused", {}, counts.paused ? 1 : 0);
}
