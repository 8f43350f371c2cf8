import type { OutputCounts } from "../../output/dispatch/counts.ts";
import { lagOf, outputState, outputStates } from "../../output/state.ts";
import type { Samples } from "../../telemetry/samples.ts";

const states = Object.entries(outputStates).flatMap(([state, { live }]) => (live ? [state] : []));

/** Adds the metrics of outputs. */
export function fillOutputs(sheet: Samples, outputs: readonly OutputCounts[]): void {
  for (const counts of outputs) {
    const { name: output, alerts, delivered, rejected, lost, retries, waiting, first, interval = 0 } = counts;
    sheet.set("eyas_output_alerts_total", { output }, alerts);
    sheet.set("eyas_output_delivered_total", { output }, delivered);
    sheet.set("eyas_output_rejected_total", { output }, rejected);
    sheet.set("eyas_output_lost_total", { output }, lost);
    sheet.set("eyas_output_retries_total", { output }, retries);
    sheet.set("eyas_output_backlog_alerts", { output }, waiting);
    sheet.set("eyas_output_interval_seconds", { output }, interval / 1000);
    const lag = lagOf(first);
    sheet.set("eyas_output_lag_seconds", { output }, lag);
    const now = outputState({ ...counts, lag });
    for (const state of states) sheet.set("eyas_output_state", { output, state }, state === now ? 1 : 0);
  }
}
