import { type FileResult, isSkipped } from "../../rule/diagnostic.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import { placed } from "./added-errors.ts";

/** Maximum number of skipped items that are logged. The page shows all skipped items. */
const LOGGED = 20;

/**
 * Returns a log line for each skipped item of files that the page changes, such as an exception of an unknown rule.
 * @param more returns the log line for the number of additional items
 */
export function skippedItems(
  results: readonly FileResult[],
  names: readonly string[],
  more: (number: number) => LogLine,
): LogLine[] {
  const own = new Set(names);
  const warnings = results.flatMap((result) => result.warnings.filter((one) => own.has(one.file) && isSkipped(one)));
  const sentences = [...new Set(warnings.map(placed))];
  const lines = sentences.slice(0, LOGGED).map(logLines.itemSkipped);
  return sentences.length > LOGGED ? [...lines, more(sentences.length - LOGGED)] : lines;
}
