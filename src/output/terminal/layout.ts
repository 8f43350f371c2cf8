import { styleText } from "node:util";
import { type Entry, entryOf, plainValue } from "../../alert/entry.ts";
import { REPEATS } from "../../alert/repeats-field.ts";
import { clockText } from "../../field/time.ts";
import { visible } from "../../telemetry/visible.ts";
import { markSafe, styles } from "../colored.ts";
import type { Line } from "../output.ts";
import { placeOf } from "./place.ts";
import { shortTail, splitMessage } from "./tail.ts";
import { truncated, wrapped } from "./width.ts";

export type Style = Parameters<typeof styleText>[0];

/** The parts of an alert that are laid out, and its sequence number if it is from the journal. */
export type LaidOut = Pick<
  Entry,
  "rule" | "priority" | "time" | "message" | "hostname" | "names" | "values" | "received"
> & { readonly seq?: number };

/** The terminal for which alerts are laid out. */
export interface Terminal {
  /** Width in columns. */
  readonly columns: number;
  paint(style: Style, text: string): string;
  /** Whether to print the date. */
  readonly date?: boolean;
}

/** Indentation of the lines that follow the first one: the width of the time. */
const INDENT = 9;
/** Indentation in narrow terminals. */
const NARROW_INDENT = 2;
/** Width in columns below which a terminal is narrow. */
const NARROW = 60;
/** Minimum width of a line, and of the rule beside time and priority. */
const NARROWEST = 20;
/** Maximum number of lines with details. `--json` and `eyas alerts --show` print all of them. */
const DETAIL_LINES = 3;

/**
 * Lays out an alert: time, priority and rule on the first line, then the sentence, then place and details. Values are
 * escaped. The last line has no terminator.
 */
export function layOut(alert: LaidOut, { columns, paint, date = false }: Terminal): string {
  const { rule, priority, time, seq } = alert;
  const width = Math.max(NARROWEST, columns);
  const indent = width < NARROW ? NARROW_INDENT : INDENT;
  const count = repeatsOf(alert);
  const suffix = ` (repeats: ${count})`;
  const message = alert.message.endsWith(suffix) ? alert.message.slice(0, -suffix.length) : alert.message;
  const { sentence, tail } = splitMessage(message);
  const place = placeOf(alert);
  const lines = [
    ...headLines([...(seq === undefined ? [] : [`#${seq}`]), clockText(time, date, false)].join("  ")),
    ...indented(wrapped(visible(sentence), width - indent)),
    ...indented(wrapped(visible(place.parts.join(" · ")), width - indent), "gray"),
    ...indented(detailLines(shortTail(tail, place.values)), "gray"),
  ];
  return lines.join("\n");

  /** Time, priority, rule and number of matches. */
  function headLines(when: string): string[] {
    const name = priority === "Informational" ? "Info" : priority;
    const start = `${paint("gray", when)} ${paint(styles[priority], name)}`;
    const matches = count === undefined ? "" : ` ×${(count + 1).toLocaleString("en")}`;
    const text = `${visible(rule)}${matches}`;
    const room = width - when.length - name.length - 3;
    if (room < NARROWEST) return [start, ...indented(wrapped(text, width - indent), "bold")];
    const [first = "", ...rest] = wrapped(text, width - indent, room);
    return [`${start}  ${paint("bold", first)}`, ...indented(rest, "bold")];
  }

  function indented(texts: readonly string[], style?: Style): string[] {
    return texts
      .filter((text) => text !== "")
      .map((text) => `${" ".repeat(indent)}${style === undefined ? text : paint(style, text)}`);
  }

  function detailLines(details: string): string[] {
    const all = wrapped(visible(details), width - indent);
    if (all.length <= DETAIL_LINES) return all;
    const end = truncated(`${all[DETAIL_LINES - 1]} …`, width - indent);
    return [...all.slice(0, DETAIL_LINES - 1), end];
  }
}

/** The number of matches that the alert represents in addition to its own; undefined if there are none. */
function repeatsOf({ names, values }: LaidOut): number | undefined {
  const count = Number(plainValue(values[names.indexOf(REPEATS)]) ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : undefined;
}

/**
 * Returns the format of alerts for a terminal with colors.
 * @param columns returns the current width of the terminal
 */
export function laidOutLine(columns: () => number): Line {
  const paint = (style: Style, text: string): string => styleText(style, text, { validateStream: false });
  return markSafe((alert) => layOut(entryOf(alert), { columns: columns(), paint }));
}
