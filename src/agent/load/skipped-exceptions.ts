import { type FileResult, isSkipped } from "../../rule/diagnostic.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import { placed } from "./added-errors.ts";

/** Maximum number of skipped exceptions that are logged. The page shows all of them. */
const LOGGED = 20;

/** Returns a log line for each item of the exceptions file that is skipped, for example because its rule is unknown. */
export function skippedExceptions(results: readonly FileResult[], name: string): LogLine[] {
  const warnings = results.flatMap((result) => result.warnings.filter((one) => one.file === name && isSkipped(one)));
  const sentences = [...new Set(warnings.map(placed))];
  const lines = sentences.slice(0, LOGGED).map(logLines.exceptionSkipped);
  return sentences.length > LOGGED ? [...lines, logLines.moreExceptionsSkipped(sentences.length - LOGGED)] : lines;
}
