import { type Look, shorten, wrap } from "../explain/text.ts";
import type { Profile, ProfileRow, TypeRow } from "./report.ts";

/** A profile for people. @param top lines of each list */
export function profileText(profile: Profile, top: number, look: Look): string {
  const { rules, macros, lines, types } = profile;
  return (
    summary(profile, look.width) +
    section("Most expensive lines", lines, top, lineText, look) +
    section("Rules", rules, top, nameText, look) +
    section("Macros", macros, top, nameText, look) +
    typesText(types, top, look)
  );
}

function summary({ events, concerned, tests, repeated, time, engineTime }: Profile, width: number): string {
  const sentence =
    `${number(events)} events, ${number(concerned)} of types that rules look at: for each of these ` +
    `${(tests / Math.max(concerned, 1)).toFixed(1)} tests, which take ${nanoseconds(time / Math.max(concerned, 1))} when every rule is asked by itself. ` +
    `${percent(repeated / Math.max(tests, 1))} of them repeat one that was asked on the same event. The engine asks those once: ` +
    `it takes ${nanoseconds(engineTime / Math.max(concerned, 1))}.`;
  return wrap(sentence, width)
    .map((line) => `${line}\n`)
    .join("");
}

const HEAD = "  share   each      asked   holds  ";

function section(
  title: string,
  rows: readonly ProfileRow[],
  top: number,
  text: (row: ProfileRow) => readonly string[],
  look: Look,
): string {
  const shown = rows.filter(({ time }) => time > 0).slice(0, top);
  if (shown.length === 0) return "";
  const body = shown.map((row) => {
    const { share, time, asked, held } = row;
    const numbers = columns(percent(share), nanoseconds(time / asked), number(asked), percent(held / asked));
    return beside(numbers, text(row), look);
  });
  return `\n${look.paint("title", title)}\n${look.paint("unasked", HEAD)}\n${body.join("")}`;
}

function columns(share: string, each: string, asked: string, holds: string): string {
  return `${share.padStart(7)} ${each.padStart(7)} ${asked.padStart(10)} ${holds.padStart(7)}  `;
}

/** Text beside the numbers where there is room, else below them. */
function beside(numbers: string, texts: readonly string[], { width }: Look): string {
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

function typesText(types: readonly TypeRow[], top: number, look: Look): string {
  const shown = types.filter(({ time }) => time > 0).slice(0, top);
  if (shown.length === 0) return "";
  const head = `${"share".padStart(7)} ${"each".padStart(7)} ${"events".padStart(10)} ${"tests".padStart(7)}  `;
  const body = shown.map(({ name, events, rules, tests, time, share }) => {
    const each = (tests / events).toFixed(1);
    const numbers = columns(percent(share), nanoseconds(time / events), number(events), each);
    return beside(numbers, [`${name}, ${number(rules / events)} ${rules === events ? "rule" : "rules"}`], look);
  });
  return `\n${look.paint("title", "Types of event")}\n${look.paint("unasked", head)}\n${body.join("")}`;
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
