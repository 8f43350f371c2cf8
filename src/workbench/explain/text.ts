import { leafOf, type Part } from "../written.ts";
import { deciding, type Verdict } from "./explain.ts";

/** What a piece of text is: a terminal has colours for it. */
export type Tone = "true" | "false" | "unasked" | "decided" | "title";

/** How text for people is to look. */
export interface Look {
  /** Columns. */
  readonly width: number;
  /** Opens every macro and exception, not only those that decided. */
  readonly macros: boolean;
  paint(tone: Tone, text: string): string;
}

const MARKS = { true: "✓", false: "✗", unasked: "·" } as const;
const DECIDED = "◀ decided";

/** Behind the part that decided. */
function decidedText({ part: { kind } }: Verdict): string {
  return kind === "test" ? DECIDED : kind === "and" ? `${DECIDED}: all hold` : `${DECIDED}: none holds`;
}

/** A condition as a tree: a line for each part, with what it came to and, for tests, the value; the deciding one marked. */
export function treeText(root: Verdict, look: Look): string {
  const decided = deciding(root);
  let out = "";
  const walk = (verdict: Verdict, depth: number): void => {
    const { label, members, value, children } = collapse(verdict, look);
    const mark = !verdict.asked ? "unasked" : verdict.holds ? "true" : "false";
    const isHere = members.includes(decided);
    out += entry({ indent: "  ".repeat(depth), mark, label, value, decided: isHere ? decidedText(decided) : "" }, look);
    for (const child of children) walk(child, depth + 1);
  };
  walk(root, 0);
  return out;
}

/** What stands on one line of the tree. */
interface Collapsed {
  readonly label: string;
  /** The verdicts on this line, from the outermost. */
  readonly members: readonly Verdict[];
  readonly value: string;
  readonly children: readonly Verdict[];
}

/** `not`, macros and exceptions share a line with what they are about. */
function collapse(verdict: Verdict, look: Look): Collapsed {
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
        if (!look.macros && !current.decisive) return { label, members, value: "", children: [] };
        label += ": ";
        [current] = parts; // the "not" that the label has said
        members.push(current);
        break;
      case "macro":
        label += part.name;
        if (!look.macros && !current.decisive) return { label, members, value: "", children: [] };
        label += ": ";
        break;
      case "test":
        return { label: label + shorten(part.text), members, value: valuesText(current), children: [] };
      default:
        return { label: label + part.kind, members, value: "", children: parts };
    }
    [current] = current.parts;
  }
}

interface Entry {
  readonly indent: string;
  readonly mark: keyof typeof MARKS;
  readonly label: string;
  readonly value: string;
  /** The mark of the part that decided; "" for others. */
  readonly decided: string;
}

/** One part: on one line where that has room for it, else the value below, and all of it wrapped. */
function entry({ indent, mark, label, value, decided }: Entry, { width, paint }: Look): string {
  const sign = paint(mark, MARKS[mark]);
  const tail = decided === "" ? "" : ` ${paint("decided", decided)}`;
  const shownLabel = (text: string) => (mark === "unasked" ? paint("unasked", text) : text);
  const whole = [label, ...(value === "" ? [] : [`→ ${value}`])];
  const length = indent.length + 2 + whole.join("  ").length + (decided === "" ? 0 : decided.length + 1);
  if (length <= width) return `${indent}${sign} ${whole.map(shownLabel).join("  ")}${tail}\n`;
  const room = Math.max(width - indent.length - 4, 20);
  const lines = whole.flatMap((text) => wrap(text, room));
  const under = `${indent}    `;
  const last = lines.length - 1;
  const shown = lines.map((text, i) => `${i === 0 ? `${indent}${sign} ` : under}${shownLabel(text)}`);
  const fits = under.length + lines[last].length + decided.length + 1 <= width;
  return `${shown.join("\n")}${tail === "" ? "" : fits ? tail : `\n${under}${tail.slice(1)}`}\n`;
}

/** Lines of at most `width` characters, broken at blanks where there are any. */
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

/** Items of a list that are shown. */
const ITEMS = 6;

/** A test with its list cut to a few items. */
export function shorten(text: string): string {
  const open = text.lastIndexOf("(");
  if (open === -1 || !text.endsWith(")")) return text;
  const items = text.slice(open + 1, -1).split(",");
  if (items.length <= ITEMS + 1) return text;
  return `${text.slice(0, open + 1)}${items.slice(0, ITEMS).join(",")}, … ${items.length - ITEMS} more)`;
}

/** Characters of a value that are shown. */
const LONG = 160;

function valuesText({ part, values }: Verdict): string {
  const shown = values.map(({ text }) => {
    if (text === undefined) return "<NA>";
    return text.length > LONG ? excerpt(text, part) : text === "" ? '""' : text;
  });
  return values.length === 1 ? shown[0] : values.map(({ term }, i) => `${term} ${shown[i]}`).join(", ");
}

/** Of a long value the beginning, or what is around that which the test looks for. */
function excerpt(text: string, part: Part): string {
  const leaf = leafOf(part);
  const sought = leaf.kind === "compare" ? leaf.comparison.operands : [];
  const at = Math.max(0, ...sought.map((one) => (typeof one === "string" && one !== "" ? text.indexOf(one) : -1)));
  if (at < LONG / 2) return `${text.slice(0, LONG)}…`;
  const from = Math.min(at - LONG / 4, text.length - LONG);
  return `…${text.slice(from, from + LONG)}${from + LONG < text.length ? "…" : ""}`;
}

/** A test and what it looked at, on one line. */
export function testText(verdict: Verdict): string {
  return `${shorten(verdict.part.text)}  → ${valuesText(verdict)}`;
}

/** The part that decided and why, in one sentence without a capital. */
export function because(root: Verdict): string {
  const decided = deciding(root);
  const { part, holds, parts, values } = decided;
  const where = `(${placeText(part)})`;
  if (part.kind === "test") {
    const value = values.length === 1 ? `${values[0].term} is ${valuesText(decided)}` : valuesText(decided);
    return `${shorten(part.text)} ${holds ? "holds" : "does not hold"} ${where}: ${value}.`;
  }
  const outcome = part.kind === "and" ? `all ${parts.length} parts` : `none of ${parts.length} alternatives`;
  const verb = part.kind === "and" ? "hold" : "holds";
  if (part === root.part) return `${outcome} ${verb}.`;
  const macro = lastMacro(root);
  return `${outcome}${macro === "" ? "" : ` of ${macro}`} ${verb} ${where}.`;
}

/** The innermost macro in which it was decided. */
function lastMacro({ part, parts }: Verdict): string {
  const next = parts.find(({ decisive }) => decisive);
  const inner = next === undefined ? "" : lastMacro(next);
  return inner === "" && part.kind === "macro" ? part.name : inner;
}

/** `rules/syscall.yaml:12`. */
export function placeText({ place }: Pick<Part, "place">): string {
  return `${place.file.name}:${place.position().line}`;
}
