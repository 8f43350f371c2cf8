import type { TopView } from "../../agent/top/rates.ts";
import { visible } from "../../telemetry/visible.ts";
import { spanText } from "../output-text.ts";
import { aligned, countText, percentText, rateText } from "./tables.ts";

/** Maximum number of outputs that are listed. */
const MAX_OUTPUTS = 8;

/** Returns the state of the agent, its sources and its outputs as lines. Values are escaped. */
export function summaryText(view: TopView): string[] {
  const { hostname, version, status, uptime_seconds, cpu, memory_bytes, events_per_second } = view;
  const { alerts, alerts_per_second, sources, outputs } = view;
  const behind = outputs.filter(({ waiting, lost }) => waiting > 0 || lost > 0);
  const agent = [
    `eyas ${visible(version)} on ${visible(hostname)}`,
    `up ${spanText(Math.round(uptime_seconds))}`,
    `status ${visible(status)}`,
    `CPU ${percentText(cpu)}`,
    `memory ${Math.round(memory_bytes / 1e6)} MB`,
    `${rateText(events_per_second)} events/s`,
    `${countText(alerts)} alerts (${rateText(alerts_per_second)}/s)`,
  ];
  const rows = sources.map((source) => [
    visible(source.name),
    rateText(source.events_per_second),
    percentText(source.cpu),
    source.lag_seconds === null ? "–" : spanText(source.lag_seconds),
    source.waiting === null ? "–" : countText(source.waiting),
    rateText(source.drops_per_second),
    countText(source.drops),
  ]);
  const titles = ["SOURCE", "EVENTS/S", "CPU", "LAG", "WAITING", "DROPPED/S", "DROPPED"];
  const backlog = behind.slice(0, MAX_OUTPUTS).map(({ name, waiting, lag_seconds, lost }) => {
    const problems = [
      ...(waiting > 0 ? [`${countText(waiting)} waiting, lag ${spanText(lag_seconds)}`] : []),
      ...(lost > 0 ? [`${countText(lost)} lost`] : []),
    ];
    return `${visible(name)}: ${problems.join(", ")}`;
  });
  const names = outputs.map(({ name }) => visible(name)).join(", ");
  const outputText =
    outputs.length === 0
      ? "no outputs"
      : behind.length === 0
        ? `outputs up to date: ${names}`
        : `outputs: ${backlog.join("; ")}`;
  return [
    agent.join("  "),
    `${outputText}${behind.length > MAX_OUTPUTS ? ` and ${behind.length - MAX_OUTPUTS} more` : ""}`,
    ...(rows.length === 0 ? [] : aligned([titles, ...rows], [true])),
  ];
}
