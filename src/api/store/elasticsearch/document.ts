import type { JournalAlert } from "../../../alert/entry.ts";
import { parsePriority } from "../../../rule/rule.ts";
import { at, listAt, parseExactly, textAt } from "./json.ts";

/** An alert of the fleet. */
export interface FleetAlert extends JournalAlert {
  /** Time in ISO 8601 with nanoseconds, as in the document. */
  readonly isoTime: string;
  /** The group key, computed by the output from the rule and the workload. */
  readonly group: string;
}

/** The alert in a search hit; undefined for documents without a valid time and priority. */
export function alertIn(hit: unknown): FleetAlert | undefined {
  const falco = at(hit, "_source", "falco");
  const isoTime = textAt(falco, "time");
  const priority = parsePriority(textAt(falco, "priority"));
  const time = nanoseconds(isoTime);
  if (priority === undefined || time === undefined) return undefined;
  const fields = at(originalIn(hit) ?? falco, "output_fields");
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    seq: 0,
    id: textAt(falco, "uuid"),
    isoTime,
    group: textAt(hit, "_source", "eyas", "group"),
    time,
    rule: textAt(falco, "rule"),
    priority,
    source: textAt(falco, "source"),
    hostname: textAt(falco, "hostname"),
    tags: listAt(falco, "tags").map(String),
    message: textAt(hit, "_source", "message"),
    names: entries.map(([name]) => name),
    values: entries.map(([, value]) => JSON.stringify(value)),
  };
}

/** The complete alert. It is stored separately if parts of the alert cannot be indexed. */
function originalIn(hit: unknown): unknown {
  const original = textAt(hit, "_source", "event", "original");
  if (original === "") return undefined;
  try {
    return parseExactly(original);
  } catch {
    return undefined;
  }
}

function nanoseconds(iso: string): bigint | undefined {
  const [, whole = "", fraction = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$/.exec(iso) ?? [];
  const milliseconds = Date.parse(`${whole}Z`);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1_000_000n + BigInt(fraction);
}
