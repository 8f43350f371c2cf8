import type { FileResult } from "../../rule/diagnostic.ts";
import type { RuleFile } from "../../rule/location.ts";
import { visible } from "../../telemetry/visible.ts";
import { excerptsOf } from "./excerpt.ts";

/** Maximum number of diagnostics to show per file. The JSON output contains all diagnostics. */
const SHOWN = 100;

/** Names of response rule files, for {@link report}. */
export function namesOf(files: readonly RuleFile[]): ReadonlySet<string> {
  return new Set(files.map(({ name }) => name));
}

/**
 * Formats results for a terminal: each diagnostic once, with an excerpt, then a summary line per file.
 * @param responses names of response rule files. Only lines with conditions are shown from these files, since
 * parameters may be secret
 */
export function report(
  results: readonly FileResult[],
  files: readonly RuleFile[],
  responses: ReadonlySet<string> = new Set(),
): string {
  const texts = new Map(files.map(({ name, text }) => [name, text]));
  const excerpts = new Map<string, ReturnType<typeof excerptsOf>>();
  const excerpt = (file: string, line: number, column: number): string => {
    const known = excerpts.get(file) ?? excerptsOf(texts.get(file) ?? "");
    excerpts.set(file, known);
    return known(line, column);
  };
  const order = new Map(results.map(({ file }, i) => [file, i]));
  const all = results.flatMap(({ errors, warnings, gaps = [] }) => [
    ...errors.map((each) => ({ ...each, severity: "error" })),
    ...[...warnings, ...gaps].map((each) => ({ ...each, severity: "warning" })),
  ]);
  all.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column);
  const printed = new Set<string>();
  const shownOf = new Map<string, number>();
  let out = "";
  for (const { severity, code, message, file, line, column, rule } of all) {
    const about = rule === undefined ? "" : ` (rule "${rule}")`;
    const where = line === 0 ? file : `${file}:${line}:${column}`;
    const sentence = `${visible(`${where}: ${severity}: ${message}${about} [${code}]`)}\n`;
    if (printed.has(sentence)) continue;
    printed.add(sentence);
    const shown = (shownOf.get(file) ?? 0) + 1;
    shownOf.set(file, shown);
    if (shown > SHOWN) continue;
    const isShown = line > 0 && (code === "LOAD_ERR_COMPILE_CONDITION" || !responses.has(file));
    out += sentence + (isShown ? excerpt(file, line, column) : "");
  }
  for (const { file, ok, errors, warnings, gaps = [], truncated } of results) {
    const more = (shownOf.get(file) ?? 0) - SHOWN;
    if (more > 0) out += `${visible(file)}: errors and warnings not shown: ${more}; use --json to print all\n`;
    if (truncated) out += `${visible(file)}: too many errors or warnings; the list may be incomplete\n`;
    const counts = [count(errors.length, "error"), count(warnings.length + gaps.length, "warning")].filter(
      (text) => text !== "",
    );
    out += `${visible(file)}: ${ok ? "ok" : "invalid"}${counts.length > 0 ? `, ${counts.join(", ")}` : ""}\n`;
  }
  return out;
}

function count(n: number, what: string): string {
  return n === 0 ? "" : `${n} ${what}${n === 1 ? "" : "s"}`;
}
