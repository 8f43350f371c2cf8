import { eventTypes } from "../../event/types.ts";
import type { FeedCounts } from "../../source/feed.ts";
import type { Samples } from "../../telemetry/samples.ts";
import type { EvaluatedSource } from "./state.ts";

/** Adds the metrics of a source. */
export function fillSource(sheet: Samples, { source, engine, rules, lag, times, stream }: EvaluatedSource): void {
  sheet.set("eyas_events_total", { source }, engine.events);
  for (const [type, count] of eventsByName(engine.seen))
    sheet.set("eyas_events_by_type_total", { source, type }, count);
  sheet.set("eyas_evaluation_seconds_total", { source }, engine.busy / 1000);
  sheet.set("eyas_source_lag_seconds", { source }, lag?.lag());
  sheet.set("eyas_source_last_event_timestamp_seconds", { source }, lag?.last());
  sheet.set("eyas_source_waiting_events", { source }, stream?.waiting);
  sheet.set("eyas_source_evicted_identities_total", { source }, stream?.forgotten);
  sheet.set("eyas_source_joined_events_total", { source }, stream?.joined);
  for (const feed of stream?.feeds ?? []) fillFeed(sheet, source, feed);
  for (const [i, { name, priority }] of rules.entries()) {
    const metric = i < engine.raising ? "eyas_rule_matches_total" : "eyas_shadow_rule_matches_total";
    sheet.set(metric, { rule: name, priority, source }, engine.matches[i] ?? 0);
  }
  for (const { rule, samples, seconds } of times?.rules ?? []) {
    sheet.set("eyas_rule_sampled_evaluations_total", { rule: rule.name, source }, samples);
    sheet.set("eyas_rule_sampled_seconds_total", { rule: rule.name, source }, seconds);
  }
}

function fillFeed(sheet: Samples, source: string, feed: FeedCounts): void {
  const { from } = feed;
  sheet.set("eyas_feed_up", { source, from }, feed.trouble === undefined ? 1 : 0);
  sheet.set("eyas_feed_events_total", { source, from }, feed.accepted);
  sheet.set("eyas_feed_bytes_total", { source, from }, feed.bytes);
  for (const [reason, count] of feed.refused) sheet.set("eyas_feed_rejected_total", { source, from, reason }, count);
  sheet.set("eyas_feed_lag_bytes", { source, from }, feed.behind);
}

/** Adds up the counts of event types with the same name: enter and exit events, and old versions of an event. */
function eventsByName(seen: Float64Array): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [code, count] of seen.entries()) {
    if (count === 0) continue;
    const name = eventTypes[code]?.name ?? "unknown";
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
