import { leafOf, type Part } from "../condition-tree.ts";
import { itemAt } from "../item-at.ts";
import { deciding, type Verdict } from "./explain.ts";

/** Kind of a piece of text. Determines its color. */
export type Tone = "true" | "false" | "skipped" | "decided" | "title";

/** Layout and colors of text output. */
export interface TextStyle {
  /** Width in columns. */
  readonly width: number;
  /** Whether every macro and exception is expanded, not only macros and exceptions that decided the result. */
  readonly macros: boolean;
  paint(tone: Tone, text: string): string;
}

const MARKS = { true: "✓", false: "✗", skipped: "·" } as const;
const DECIDED = "◀ decided";

/** Returns the label of the part that decided the result. */
function decidedText({ part: { kind } }: Verdict): string {
  return kind === "test" ? DECIDED : kind === "and" ? `${DECIDED}: all true` : `${DECIDED}: all false`;
}

/**
 * Formats a condition as a tree, with one line per part, its result and, for tests, the values; marks the deciding
 * part.
 */
export function treeText(root: Verdict, style: TextStyle): string {
  const decided = deciding(root);
  let out = "";
  const walk = (verdict: Verdict, depth: number): void => {
    const { label, members, value, children } = collapse(verdict, style);
    const mark = !verdict.evaluated ? "skipped" : verdict.holds ? "true" : "false";
    const isHere = members.includes(decided);
    out += entry(
      { indent: "  ".repeat(depth), mark, label, value, decided: isHere ? decidedText(decided) : "" },
      style,
    );
    for (const child of children) walk(child, depth + 1);
  };
  walk(root, 0);
  return out;
}

/** A line of the tree. */
interface Collapsed {
  readonly label: string;
  /** Results on this line, outermost first. */
  readonly members: readonly Verdict[];
  readonly value: string;
  readonly children: readonly Verdict[];
}

/** Collapses `not`, macros and exceptions with their operand into one line. */
function collapse(verdict: Verdict, style: TextStyle): Collapsed {
  const members: Verdict[] = [];
  let label = "";
  let current = verdict;
  for (;;) {
    members.push(current);
    const { part, parts } = current;
    switch (part.kind) {
      case "not":
        label += "not ";
        break;
      case "exception":
        label += `not exception ${part.name}`;
        if (!style.macros && !current.decisive) return { label, members, value: "", children: [] };
        label += ": ";
        current = itemAt(parts, 0); // the "not" is already in the label
        members.push(current);
        break;
      case "macro":
        label += part.name;
        if (!style.macros && !current.decisive) return { label, members, value: "", children: [] };
        label += ": ";
        break;
      case "test":
        return { label: label + shorten(part.text), members, value: valuesText(current), children: [] };
      default:
        return { label: label + part.kind, members, value: "", children: parts };
    }
    current = itemAt(current.parts, 0);
  }
}

interface Entry {
  readonly indent: string;
  readonly mark: keyof typeof MARKS;
  readonly label: string;
  readonly value: string;
  /** Label of the part that decided the result; "" for other parts. */
  readonly decided: string;
}

/** Formats a part on one line if it fits; otherwise, the value is below and wrapped. */
function entry({ indent, mark, label, value, decided }: Entry, { width, paint }: TextStyle): string {
  const sign = paint(mark, MARKS[mark]);
  const tail = decided === "" ? "" : ` ${paint("decided", decided)}`;
  const shownLabel = (text: string) => (mark === "skipped" ? paint("skipped", text) : text);
  const whole = [label, ...(value === "" ? [] : [`→ ${value}`])];
  const length = indent.length + 2 + whole.join("  ").length + (decided === "" ? 0 : decided.length + 1);
  if (length <= width) return `${indent}${sign} ${whole.map(shownLabel).join("  ")}${tail}\n`;
  const room = Math.max(width - indent.length - 4, 20);
  const lines = whole.flatMap((text) => wrap(text, room));
  const under = `${indent}    `;
  const last = lines.length - 1;
  const shown = lines.map((text, i) => `${i === 0 ? `${indent}${sign} ` : under}${shownLabel(text)}`);
  const fits = under.length + (lines[last]?.length ?? 0) + decided.length + 1 <= width;
  return `${shown.join("\n")}${tail === "" ? "" : fits ? tail : `\n${under}${tail.slice(1)}`}\n`;
}

/** Wraps text, at spaces if possible, to lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(" ", width);
    const at = blank > width / 5 ? blank : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Number of list items that are shown if a list is shortened. */
const ITEMS = 6;

/** Shortens the list of a test. */
export function shorten(text: string): string {
  const open = text.lastIndexOf("(");
  if (open === -1 || !text.endsWith(")")) return text;
  const items = text.slice(open + 1, -1).split(",");
  if (items.length <= ITEMS + 1) return text;
  return `${text.slice(0, open + 1)}${items.slice(0, ITEMS).join(",")}, … ${items.length - ITEMS} more)`;
}

/** Maximum number of characters of a value that are shown. */
const LONG = 160;

function valuesText({ part, values }: Verdict): string {
  const shown = values.map(({ text }) => {
    if (text === undefined) return "<NA>";
    return text.length > LONG ? excerpt(text, part) : text === "" ? '""' : text;
  });
  const [first] = shown;
  return values.length === 1 && first !== undefined
    ? first
    : values.map(({ term }, i) => `${term} ${shown[i]}`).join(", ");
}

/** Returns the start of a long value, or the text around a match. */
function excerpt(text: string, part: Part): string {
  const leaf = leafOf(part);
  const sought = leaf.kind === "compare" ? leaf.comparison.operands : [];
  const at = Math.max(0, ...sought.map((one) => (typeof one === "string" && one !== "" ? text.indexOf(one) : -1)));
  if (at < LONG / 2) return `${text.slice(0, LONG)}…`;
  const from = Math.min(at - LONG / 4, text.length - LONG);
  return `…${text.slice(from, from + LONG)}${from + LONG < text.length ? "…" : ""}`;
}

/** Formats a test and its values on one line. */
export function testText(verdict: Verdict): string {
  return `${shorten(verdict.part.text)}  → ${valuesText(verdict)}`;
}

/** Formats the deciding part and its values, as the end of a sentence. */
export function because(root: Verdict): string {
  const decided = deciding(root);
  const { part, holds, parts, values } = decided;
  const where = `(${positionText(part)})`;
  if (part.kind === "test") {
    const [first] = values;
    const value =
      values.length === 1 && first !== undefined ? `${first.term} is ${valuesText(decided)}` : valuesText(decided);
    return `${shorten(part.text)} is ${holds} ${where}: ${value}.`;
  }
  const operands = part.kind === "and" ? `all ${parts.length} parts` : `all ${parts.length} alternatives`;
  const result = part.kind === "and" ? "are true" : "are false";
  if (part === root.part) return `${operands} ${result}.`;
  const macro = lastMacro(root);
  return `${operands}${macro === "" ? "" : ` of ${macro}`} ${result} ${where}.`;
}

/** Returns the name of the innermost macro on the deciding path; "" if there is none. */
function lastMacro({ part, parts }: Verdict): string {
  const next = parts.find(({ decisive }) => decisive);
  const inner = next === undefined ? "" : lastMacro(next);
  return inner === "" && part.kind === "macro" ? part.name : inner;
}

/** Formats the position of a part, such as `rules/syscall.yaml:12`. */
export function positionText({ place }: Pick<Part, "place">): string {
  return `${place.file.name}:${place.position().line}`;
}
