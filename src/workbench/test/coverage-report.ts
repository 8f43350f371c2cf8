import { itemAt } from "../item-at.ts";
import { type Coverage, isCovered, percent, type Share, shareOf, type Unit } from "./coverage.ts";
import type { Paint } from "./report.ts";

/** Formats coverage as text. */
export function coverageText({ units }: Coverage, paint: Paint): string {
  let out = "";
  for (const [file, own] of Map.groupBy(units, (unit) => unit.file)) {
    out += `\n${paint.strong(`coverage of ${file}`)}\n`;
    for (const [kind, title] of KINDS) out += shareLine(title, shareOf(own, kind), paint);
    for (const [title, missing] of sections(own)) {
      out += `  ${title}\n`;
      for (const unit of missing) out += unitLine(unit, paint);
    }
    out += itemLines(own, paint);
    const excluded = own.filter(({ reason }) => reason !== "");
    if (excluded.length > 0) out += "  undecidable:\n";
    for (const unit of excluded) out += unitLine(unit, paint, unit.reason);
  }
  return out;
}

const KINDS: readonly (readonly [Unit["kind"], string])[] = [
  ["condition", "sub-conditions"],
  ["exception", "exceptions"],
  ["item", "list items"],
];

function shareLine(title: string, share: Share, paint: Paint): string {
  const { covered, all } = share;
  const line = `  ${title.padEnd(15)} ${String(covered).padStart(5)} of ${String(all).padStart(5)}   ${percent(share)} %`;
  return `${covered === all ? paint.good(line) : paint.bad(line)}\n`;
}

function sections(units: readonly Unit[]): (readonly [string, readonly Unit[]])[] {
  const all: (readonly [string, readonly Unit[]])[] = [
    ["never evaluated:", pick(units, "condition", false, false)],
    ["never true:", pick(units, "condition", false, true)],
    ["never false:", pick(units, "condition", true, false)],
    ["exceptions that never applied:", open(units).filter(({ kind, seenTrue }) => kind === "exception" && !seenTrue)],
    ["exceptions that always applied:", pick(units, "exception", true, false)],
  ];
  return all.filter(([, missing]) => missing.length > 0);
}

/** Returns the units that are not excluded. */
function open(units: readonly Unit[]): Unit[] {
  return units.filter(({ reason }) => reason === "");
}

function pick(units: readonly Unit[], kind: Unit["kind"], seenTrue: boolean, seenFalse: boolean): Unit[] {
  return open(units).filter((unit) => unit.kind === kind && unit.seenTrue === seenTrue && unit.seenFalse === seenFalse);
}

function unitLine({ line, column, text, of, file }: Unit, paint: Paint, more = of): string {
  return `    ${paint.faint(`${file}:${line}:${column}`)}  ${text}  ${paint.faint(`(${more})`)}\n`;
}

/** Formats the items that never matched, with one line per list. */
function itemLines(units: readonly Unit[], paint: Paint): string {
  const missing = open(units).filter((unit) => unit.kind === "item" && !isCovered(unit));
  if (missing.length === 0) return "";
  let out = "  items that never matched:\n";
  for (const [place, items] of Map.groupBy(missing, ({ file, line, column }) => `${file}:${line}:${column}`)) {
    out += `    ${paint.faint(place)}  ${itemAt(items, 0).of}: ${items.map(({ text }) => text).join(", ")}\n`;
  }
  return out;
}

/** Coverage as JSON. */
export interface CoverageJson {
  readonly files: readonly {
    readonly file: string;
    readonly conditions: ShareJson;
    readonly exceptions: ShareJson;
    readonly items: ShareJson;
  }[];
  readonly conditions: ShareJson;
  readonly exceptions: ShareJson;
  readonly items: ShareJson;
  /** Units that are not covered. */
  readonly missing: readonly Unit[];
  /** Units that test files declare as undecidable. */
  readonly excused: readonly Unit[];
}

interface ShareJson extends Share {
  readonly percent: number;
}

export function coverageJson({ units }: Coverage): CoverageJson {
  const shares = (of: readonly Unit[]) => ({
    conditions: shareJson(of, "condition"),
    exceptions: shareJson(of, "exception"),
    items: shareJson(of, "item"),
  });
  const files = [...Map.groupBy(units, (unit) => unit.file)].map(([file, own]) => ({ file, ...shares(own) }));
  return {
    ...shares(units),
    files,
    missing: open(units).filter((unit) => !isCovered(unit)),
    excused: units.filter(({ reason }) => reason !== ""),
  };
}

function shareJson(units: readonly Unit[], kind: Unit["kind"]): ShareJson {
  const share = shareOf(units, kind);
  return { ...share, percent: percent(share) };
}
