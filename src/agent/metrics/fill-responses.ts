import type { ResponseCounts } from "../../response/responder/events.ts";
import type { Samples } from "../../telemetry/samples.ts";

/** Adds the metrics of responses. */
export function fillResponses(sheet: Samples, counts: ResponseCounts | undefined): void {
  if (counts === undefined) return;
  const skipped = new Map<string, number>();
  for (const { action, outcome, count } of counts.steps) {
    if (outcome === "done" || outcome === "failed" || outcome === "unknown") {
      sheet.set("eyas_responses_total", { action, outcome }, count);
      continue;
    }
    sheet.set("eyas_responses_skipped_total", { action, reason: outcome }, count);
    skipped.set(action, (skipped.get(action) ?? 0) + count);
  }
  for (const [action, count] of skipped) sheet.set("eyas_responses_total", { action, outcome: "skipped" }, count);
  for (const { action, seconds, count } of counts.seconds) {
    sheet.set("eyas_response_seconds_total", { action }, seconds);
    sheet.set("eyas_response_runs_total", { action }, count);
  }
  for (const { budget, part, count } of counts.suppressed)
    sheet.set("eyas_responses_over_budget_total", { budget, part }, count);
  sheet.set("eyas_responses_exhausted_budgets", {}, counts.exhausted.length);
  sheet.set("eyas_responses_running", {}, counts.running);
  sheet.set("eyas_responses_waiting", {}, counts.waiting);
  sheet.set("eyas_responses_paused", {}, counts.paused ? 1 : 0);
}
