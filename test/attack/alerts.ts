import { spawnSync } from "node:child_process";
import { eyas } from "../live/sensor.ts";

/** Maximum bytes of a journal as JSON. */
const MAX_OUTPUT = 2 ** 30;

/** The parts of an alert that attacks compare. */
export interface JournalAlert {
  readonly rule: string;
  readonly output: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * All alerts of a journal as JSON lines.
 * @throws Error if `eyas alerts` fails
 */
export function alertLines(journal: string): string {
  const { stdout, status, stderr } = spawnSync(eyas, ["alerts", "--json", "--journal", journal], {
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT,
  });
  if (status !== 0) throw new Error(`eyas alerts ended with ${status}: ${stderr}`);
  return stdout;
}

/** All alerts of a journal. */
export function alertsIn(journal: string): JournalAlert[] {
  return alertLines(journal)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { rule, output, output_fields: fields } = JSON.parse(line);
      return { rule, output, fields };
    });
}
