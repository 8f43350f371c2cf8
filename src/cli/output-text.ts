import { clockText } from "../field/time.ts";
import type { DeadAlert, OutputStatus } from "../journal/output-status.ts";
import { isRetried, type OutputState } from "../output/state.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { jsonLine } from "./alert-export.ts";
import { tableLines } from "./table.ts";

/** An output in the list. */
export interface OutputView {
  readonly name: string;
  readonly state: OutputState;
  /** Number of alerts in the backlog, and the age of the oldest alert in seconds. */
  readonly waiting: number;
  readonly behind: number;
  /** Number of dead letters in the journal. */
  readonly dead: number;
  readonly status: OutputStatus;
}

const heads = ["OUTPUT", "STATE", "BACKLOG", "LAG", "DELIVERED", "RETRIED", "REJECTED", "DEAD", "DROPPED"];

/** Returns a table of outputs. The last error of an output follows its row. */
export function outputTable(views: readonly OutputView[], now: number): string {
  const rows = views.map((view) => {
    const { delivered, retried, refused, lost, again } = view.status;
    const until = isRetried(view.state) && again !== undefined ? ` (${inSeconds((again - now) / 1000)})` : "";
    const numbers = [delivered, retried, refused, view.dead, lost].map((n) => n.toLocaleString("en"));
    const behind = view.waiting === 0 ? "–" : spanText(view.behind);
    return [visible(view.name), `${view.state}${until}`, view.waiting.toLocaleString("en"), behind, ...numbers];
  });
  const [head = "", ...rowLines] = tableLines([heads, ...rows], 2);
  const lines = [head];
  for (const [i, { status }] of views.entries()) {
    lines.push(rowLines[i] ?? "");
    if (status.error !== undefined) lines.push(`  ${errorText(status, now)}`);
  }
  return `${lines.join("\n")}\n`;
}

function errorText({ error = "", failed }: OutputStatus, now: number): string {
  const when = failed === undefined ? "" : `${spanText((now - failed) / 1000)} ago: `;
  return `${when}${visible(error)}`;
}

export function outputJson({ name, state, waiting, behind, dead, status }: OutputView): string {
  const { delivered, retried, refused, lost, error, failed, again } = status;
  const counts = { delivered, retried, refused, dead, lost };
  const time = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  const all = { name, state, waiting, behind_seconds: behind, ...counts, error, failed: time(failed) };
  return `${visibleJson(JSON.stringify({ ...all, ...(isRetried(state) && { next_try: time(again) }) }))}\n`;
}

/** Returns a dead letter on two lines: the reason for the rejection, and the alert. */
export function deadText({ output, time, reason, alert }: DeadAlert): string {
  const { seq, rule, message, priority } = alert;
  const when = clockText(BigInt(time) * 1_000_000n, true, false);
  return `${String(seq).padStart(6)}  ${when}  ${visible(output)}: ${visible(reason)}\n        ${priority}  ${visible(`${rule}: ${message}`)}\n`;
}

export function deadJson({ output, time, reason, alert }: DeadAlert): string {
  const head = JSON.stringify({ dead_output: output, refused: new Date(time).toISOString(), reason });
  return `${visibleJson(head).slice(0, -1)},"alert":${jsonLine(alert).trimEnd()}}\n`;
}

function inSeconds(seconds: number): string {
  return seconds <= 0 ? "now" : `in ${spanText(seconds)}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];

/** Formats a duration in the largest suitable unit: `12 s`, `3 min`. */
export function spanText(seconds: number): string {
  const unit = UNITS.find(([size]) => seconds >= size * 2);
  if (unit === undefined) return seconds > 0 && seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / unit[0])} ${unit[1]}`;
}
