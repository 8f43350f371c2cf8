import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hasColors } from "../agent/delivery/color.ts";
import { journalFile } from "../agent/delivery/journal.ts";
import { Failure } from "../agent/failure.ts";
import type { JournalAlert } from "../alert/entry.ts";
import { RegexError } from "../condition/regex.ts";
import { faultOf, reasonOf } from "../journal/fault.ts";
import { openReader, type Reader } from "../journal/read.ts";
import { layOut } from "../output/terminal/layout.ts";
import { widthOf } from "../output/terminal/width.ts";
import { writeAll } from "../output/transport/write.ts";
import type { AlertQuery } from "../query/ast.ts";
import { addCounts, countParts } from "../query/count.ts";
import { QueryError } from "../query/error.ts";
import { parseQuery } from "../query/parse.ts";
import { count } from "../telemetry/log-lines.ts";
import { painted, printError, shown } from "../telemetry/print.ts";
import { csvHead, csvLine, jsonLine } from "./alert-export.ts";
import { alertLine, alertPage, countTable } from "./alert-text.ts";
import type { AlertsOptions } from "./alerts.ts";

/** Default number of listed alerts as text. JSON and CSV have no default limit. */
const LIMIT = 50;
/** Default number of listed alerts if each alert has several lines. */
const LIMIT_LAID_OUT = 20;
/** Default number of existing alerts printed with --follow. */
const LIMIT_BEFORE = 10;
/** Interval between queries for new alerts, in milliseconds. */
const POLL = 200;
/** Maximum number of alerts per write with --follow. */
const BATCH = 1000;
/** Number of buffered characters at which the buffer is written. */
const CHUNK = 65_536;

/** `eyas alerts`: queries the journal. */
export async function listAlerts(words: readonly string[], options: AlertsOptions): Promise<void> {
  const file = options.journal ?? (await configuredFile(options.config));
  try {
    await look(file, words, options);
  } catch (error) {
    throw explained(error, file);
  }
}

async function look(file: string, words: readonly string[], options: AlertsOptions): Promise<void> {
  const by = options.count === "by" ? words[0] : options.count;
  const reader = openReader(file);
  const query = parseQuery(options.count === "by" ? words.slice(1) : words, reader ?? {});
  if (reader === undefined && !options.follow) throw new Failure(missing(file));
  if (options.follow) return follow(file, reader, query, options);
  if (reader === undefined) return;
  try {
    if (options.show !== undefined) show(reader, options.show, options);
    else if (options.count !== undefined) countAlerts(reader, query, by ?? "rule", options);
    else list(reader, query, options);
  } finally {
    reportDamage(reader);
    reader.close();
  }
}

/** Prints the number of damaged alerts to standard error, if any. */
export function reportDamage({ damaged }: Pick<Reader, "damaged">): void {
  if (damaged > 0) printError(`${count(damaged, "alert")} could not be read (damaged).\n`);
}

async function configuredFile(config: string | undefined): Promise<string> {
  const { readSettings } = await import("./settings.ts");
  const settings = await readSettings(config === undefined ? {} : { config });
  return journalFile(settings.config.journal);
}

function list(reader: Reader, query: AlertQuery | undefined, options: AlertsOptions): void {
  const write = writer();
  const limit = limitOf(options, options.json || options.csv ? 0 : laysOut() ? LIMIT_LAID_OUT : LIMIT);
  const line = lineOf(options, reader);
  if (options.csv) write.add(csvHead);
  let listed = 0;
  for (const alert of reader.find(query, "newest")) {
    if (limit > 0 && listed === limit) break;
    write.add(line(alert));
    listed++;
  }
  write.end();
  if (listed === 0 && process.stderr.isTTY) printError("No alerts match.\n");
}

async function follow(
  file: string,
  first: Reader | undefined,
  query: AlertQuery | undefined,
  options: AlertsOptions,
): Promise<void> {
  const line = lineOf(options);
  const write = writer();
  if (options.csv) write.add(csvHead);
  let reader = first;
  let seen = reader?.last() ?? 0;
  const earlier = earlierAlerts();
  if (reader !== undefined) earlier.note(reader, seen);
  let known = inodeOf(file);
  let damaged = 0;
  const before: JournalAlert[] = [];
  const limit = limitOf(options, LIMIT_BEFORE);
  for (const alert of limit > 0 && reader !== undefined ? reader.find(query, "newest") : []) {
    if (alert.seq > seen) continue;
    before.push(alert);
    if (before.length === limit) break;
  }
  for (const alert of before.reverse()) write.add(line(alert));
  write.end();
  for (;;) {
    await sleep(POLL);
    const inode = inodeOf(file);
    if (reader === undefined || inode !== known) {
      reader?.close(); // the journal was replaced, for example after it was damaged
      reader = openReader(file);
      known = inode;
      damaged = 0;
      if (reader === undefined) continue;
    }
    const last = reader.last();
    if (last < seen) {
      earlier.end(seen);
      seen = 0;
    }
    if (last <= seen) continue;
    let shown = 0;
    for (const alert of reader.find(query, "oldest", seen)) {
      if (alert.seq > last) break;
      if (earlier.has(alert)) continue;
      write.add(line(alert));
      if (++shown % BATCH === 0) write.end();
    }
    seen = last;
    earlier.note(reader, seen);
    write.end();
    if (reader.damaged > damaged) reportDamage({ damaged: reader.damaged - damaged });
    ({ damaged } = reader);
  }
}

/**
 * The alerts of replaced journals. A new journal can contain new alerts with the same sequence numbers, and alerts that
 * were recovered from the previous journal. IDs, which contain the time, distinguish new alerts from recovered alerts.
 */
function earlierAlerts(): {
  /** Remembers the ID of the newest alert. */
  note(reader: Reader, last: number): void;
  /** Called when the journal no longer contains its newest alert, because the journal was replaced. */
  end(last: number): void;
  /** Whether an alert existed in a replaced journal. */
  has(alert: JournalAlert): boolean;
} {
  let newest = "";
  const ended = { seq: 0, id: "" };
  return {
    note(reader, last) {
      const id = last > 0 ? reader.read(last - 1, 1)[0]?.id : undefined;
      if (id !== undefined && id > newest) newest = id;
    },
    end(last) {
      ended.seq = Math.max(ended.seq, last);
      ended.id = newest;
    },
    has: ({ seq, id }) => seq <= ended.seq && id <= ended.id,
  };
}

function show(reader: Reader, name: string, options: AlertsOptions): void {
  const [alert, other] = reader.named(name);
  if (alert === undefined) throw new Failure(`Alert ${name} not found in the journal.`);
  if (other !== undefined) throw new Failure(`Ambiguous alert ID ${name}: specify more characters of the ID.`);
  const write = writer();
  write.add(
    options.csv
      ? csvHead + csvLine(alert)
      : options.json
        ? jsonLine(alert, reader.steps(alert.seq))
        : alertPage(alert, reader.steps(alert.seq), Date.now(), widthOf(process.stdout)),
  );
  write.end();
}

function countAlerts(reader: Reader, query: AlertQuery | undefined, by: string, options: AlertsOptions): void {
  const parts = countParts(query, by);
  const found = parts.map((part) => [part, reader.count(part.query, part.field)] as const);
  const counts = addCounts(found).map(({ value, count }) => ({ value: value ?? undefined, count }));
  const limit = limitOf(options, 0);
  const write = writer();
  write.add(
    countTable(limit > 0 ? counts.slice(0, limit) : counts, by, options.json ? "json" : options.csv ? "csv" : "text"),
  );
  write.end();
}

/** @param reader reads the actions of alerts; undefined with --follow, because new alerts have none */
function lineOf(options: AlertsOptions, reader?: Reader): (alert: JournalAlert) => string {
  if (options.json) return (alert) => jsonLine(alert, reader?.steps(alert.seq));
  if (options.csv) return csvLine;
  const columns = widthOf(process.stdout);
  if (columns === undefined || !laysOut()) return (alert) => alertLine(alert, columns);
  const width = (): number => widthOf(process.stdout) ?? columns; // the width can change with --follow
  return (alert) => `${layOut(alert, { columns: width(), paint: painted, date: true })}\n`;
}

/** Whether each alert is laid out over several lines. */
function laysOut(): boolean {
  return widthOf(process.stdout) !== undefined && hasColors();
}

function limitOf({ limit }: AlertsOptions, otherwise: number): number {
  if (limit === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(limit)) throw new Failure(`Invalid --limit "${limit}": expected a non-negative integer.`);
  return Number(limit);
}

/** Writes to standard output in chunks. Exits if the pipe is closed, for example by `| head`. */
function writer(): { add(text: string): void; end(): void } {
  let text = "";
  const end = (): void => {
    const ready = text;
    text = "";
    try {
      writeAll(1, shown(ready));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EPIPE") process.exit(0);
      throw new Failure(`Cannot write to standard output: ${reasonOf(error)}.`);
    }
  };
  return {
    add(more) {
      text += more;
      if (text.length >= CHUNK) end();
    },
    end,
  };
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

function missing(file: string): string {
  const root =
    process.getuid?.() === 0 || !file.includes("/.local/state/") ? "" : " For root's journal, run sudo eyas alerts.";
  return `No journal at ${file}. eyas run creates one.${root}`;
}

/** Converts an error of a query or of the journal to an error with a message for the user. */
export function explained(error: unknown, file: string): unknown {
  if (error instanceof QueryError || error instanceof RegexError)
    return new Failure(`${error.message} See 'eyas alerts --help'.`);
  if (error instanceof Failure || !(error instanceof Error)) return error;
  const fault = faultOf(error);
  if (fault === "damaged")
    return new Failure(`${file} is damaged (${reasonOf(error)}): eyas run recovers readable alerts at startup.`);
  if (fault === "denied")
    return new Failure(
      `Cannot read ${file} (${reasonOf(error)}): run this command as the user that runs eyas run, usually root.`,
    );
  if (fault === "foreign") return new Failure(`${reasonOf(error)}.`);
  return "errcode" in error || "code" in error ? new Failure(`Cannot read ${file}: ${reasonOf(error)}.`) : error;
}
