import { shorten, type TextStyle, wrap } from "../explain/text.ts";
import type { Profile, ProfileRow, TypeRow } from "./report.ts";

/** Formats a profile as text. @param top maximum number of rows per table */
export function profileText(profile: Profile, top: number, style: TextStyle): string {
  const { rules, macros, lines, types } = profile;
  return (
    summary(profile, style.width) +
    section("Lines", lines, top, lineText, style) +
    section("Rules", rules, top, nameText, style) +
    section("Macros", macros, top, nameText, style) +
    typesText(types, top, style)
  );
}

function summary({ events, concerned, tests, repeated, time, engineTime }: Profile, width: number): string {
  const sentence =
    `${number(events)} events, ${number(concerned)} with event types that rules evaluate. Per evaluated event: ` +
    `${(tests / Math.max(concerned, 1)).toFixed(1)} tests in ${nanoseconds(time / Math.max(concerned, 1))} if each rule is evaluated separately, ` +
    `${percent(repeated / Math.max(tests, 1))} of the tests repeated; ` +
    `${nanoseconds(engineTime / Math.max(concerned, 1))} in the engine, which runs repeated tests only once.`;
  return wrap(sentence, width)
    .map((line) => `${line}\n`)
    .join("");
}

const HEAD = "  SHARE    EACH      EVALS    TRUE  ";

function section(
  title: string,
  rows: readonly ProfileRow[],
  top: number,
  text: (row: ProfileRow) => readonly string[],
  style: TextStyle,
): string {
  const shown = rows.filter(({ time }) => time > 0).slice(0, top);
  if (shown.length === 0) return "";
  const body = shown.map((row) => {
    const { share, time, asked, held } = row;
    const numbers = columns(percent(share), nanoseconds(time / asked), number(asked), percent(held / asked));
    return beside(numbers, text(row), style);
  });
  return `\n${style.paint("title", title)}\n${style.paint("skipped", HEAD)}\n${body.join("")}`;
}

function columns(share: string, each: string, asked: string, holds: string): string {
  return `${share.padStart(7)} ${each.padStart(7)} ${asked.padStart(10)} ${holds.padStart(7)}  `;
}

/** Puts text beside the numbers if it fits, and below otherwise. */
function beside(numbers: string, texts: readonly string[], { width }: TextStyle): string {
  const room = width - numbers.length;
  const below = room < LEAST_ROOM;
  const indent = " ".repeat(below ? BELOW : numbers.length);
  const lines = texts.flatMap((text) => wrap(text, below ? width - BELOW : room));
  const [first, ...more] = lines;
  return `${numbers}${below ? `\n${indent}` : ""}${first}\n${more.map((line) => `${indent}${line}\n`).join("")}`;
}

const LEAST_ROOM = 30;
const BELOW = 8;

function lineText({ name, file, line, within }: ProfileRow): readonly string[] {
  return [shorten(name), `${file}:${line}, ${within}`];
}

function nameText({ name, file, line }: ProfileRow): readonly string[] {
  return [`${name} (${file}:${line})`];
}

function typesText(types: readonly TypeRow[], top: number, style: TextStyle): string {
  const shown = types.filter(({ time }) => time > 0).slice(0, top);
  if (shown.length === 0) return "";
  const head = `${"SHARE".padStart(7)} ${"EACH".padStart(7)} ${"EVENTS".padStart(10)} ${"TESTS".padStart(7)}  `;
  const body = shown.map(({ name, events, rules, tests, time, share }) => {
    const each = (tests / events).toFixed(1);
    const numbers = columns(percent(share), nanoseconds(time / events), number(events), each);
    return beside(numbers, [`${name}, ${number(rules / events)} ${rules === events ? "rule" : "rules"}`], style);
  });
  return `\n${style.paint("title", "Event types")}\n${style.paint("skipped", head)}\n${body.join("")}`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : "<0.1"} %`;
}

function nanoseconds(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} ms`;
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} µs`;
  return `${value.toFixed(0)} ns`;
}
