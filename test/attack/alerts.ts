import { spawnSync } from "node:child_process";
import { timeOfIdText } from "../../src/journal/id-time.ts";
import { eyas } from "../live/sensor.ts";

/** Maximum size of a journal as JSON, in bytes. */
const MAX_OUTPUT = 2 ** 30;

/** Fields of an alert that attacks compare. */
export interface JournalAlert {
  readonly rule: string;
  /** Time from the event to the write to the journal, in milliseconds. */
  readonly delay: number;
  readonly output: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Returns all alerts of a journal as JSON lines.
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

/** Returns all alerts of a journal. */
export function alertsIn(journal: string): JournalAlert[] {
  return alertLines(journal)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { rule, output, output_fields: fields, time, uuid } = JSON.parse(line);
      return { rule, output, fields, delay: timeOfIdText(uuid) - Date.parse(time) };
    });
}
