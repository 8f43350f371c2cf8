import { SYSCALL } from "../../field/sources.ts";
import type { RuleFile } from "../../rule/location.ts";
import { Location } from "../../rule/location.ts";
import { parseYaml } from "../../rule/parse-yaml.ts";
import type { YamlNode } from "../../rule/yaml.ts";
import { Reading, substitute, TestFault } from "../reading.ts";
import { type Expectation, readFires, readSilent, type Silence } from "./expectation.ts";
import { type ExpectedResponse, readDoes } from "./responses.ts";

/** A slice of a capture, used instead of described events. */
export interface CaptureSlice {
  readonly file: string;
  /** Numbers of the first and last event to evaluate. Earlier events only update the machine state. */
  readonly from: number;
  readonly to: number;
  readonly place: Location;
}

export interface TestCase {
  readonly name: string;
  readonly place: Location;
  /** Event source: `syscall`, or a document source. */
  readonly source: string;
  /** Described events; undefined if the case uses a capture or alerts. */
  readonly events: readonly Reading[] | undefined;
  readonly capture: CaptureSlice | undefined;
  /** Alerts used instead of events, for response rules only. */
  readonly alerts: readonly Reading[] | undefined;
  readonly process: Reading | undefined;
  readonly processes: ReadonlyMap<string, Reading>;
  /** Base documents of events, by name. */
  readonly documents: ReadonlyMap<string, Reading>;
  readonly users: readonly Reading[];
  readonly with: readonly Reading[];
  /** Start time, nanoseconds since the epoch. */
  readonly time: bigint | undefined;
  readonly fires: readonly Expectation[];
  readonly silent: Silence;
  /** All expected responses; undefined: responses are not checked. */
  readonly does: readonly ExpectedResponse[] | undefined;
}

export interface TestFile {
  readonly file: RuleFile;
  /** Paths of rule files, relative to the test file. Empty: the default rule file. */
  readonly rules: readonly string[];
  /** Paths of response rule files. */
  readonly responses: readonly string[];
  readonly cases: readonly TestCase[];
  /** Parts of conditions that no test can cover, with the reasons. */
  readonly undecidable: ReadonlyMap<string, string>;
  /** Errors in the test file. */
  readonly faults: readonly TestFault[];
}

const FILE_KEYS = [
  "rules",
  "responses",
  "source",
  "with",
  "users",
  "processes",
  "documents",
  "undecidable",
  "cases",
] as const;
const CASE_KEYS = [
  "name",
  "each",
  "events",
  "capture",
  "alert",
  "alerts",
  "source",
  "process",
  "processes",
  "documents",
  "users",
  "with",
  "time",
  "fires",
  "silent",
  "does",
] as const;

interface Common {
  readonly source: string;
  readonly documents: ReadonlyMap<string, Reading>;
  readonly processes: ReadonlyMap<string, Reading>;
  readonly users: readonly Reading[];
  readonly with: readonly Reading[];
}

/** Reads a test file. An error in a case does not affect other cases. */
export async function readTestFile(file: RuleFile): Promise<TestFile> {
  const faults: TestFault[] = [];
  const cases: TestCase[] = [];
  const yaml = await parseYaml(file.text);
  if ("problems" in yaml) {
    for (const { message, offset } of yaml.problems) faults.push(new TestFault(message, new Location(file, offset)));
    return { file, rules: [], responses: [], cases, undecidable: new Map(), faults };
  }
  let rules: string[] = [];
  let responses: string[] = [];
  const undecidable = new Map<string, string>();
  attempt(faults, () => {
    const [document] = yaml.documents;
    if (document === undefined) throw new TestFault("The file is empty.", new Location(file, 0));
    const keys = new Reading(file, document).keyed("a test file", FILE_KEYS);
    rules = keys.get("rules")?.texts('"rules"') ?? [];
    responses = keys.get("responses")?.texts('"responses"') ?? [];
    for (const { key, value } of keys.get("undecidable")?.entries('"undecidable"') ?? []) {
      const reason = value.text("A reason");
      if (reason === "") throw value.fault(`Missing reason for undecidable "${key}".`);
      undecidable.set(key.replace(/\s+/g, " "), reason);
    }
    const common: Common = {
      source: keys.get("source")?.text('"source"') ?? SYSCALL,
      documents: keys.get("documents")?.keyed('"documents"') ?? new Map(),
      processes: keys.get("processes")?.keyed('"processes"') ?? new Map(),
      users: optional(keys.get("users")),
      with: optional(keys.get("with")),
    };
    const list = keys.get("cases");
    if (list === undefined || !list.isSequence) {
      throw (list ?? new Reading(file, document)).fault('A test file requires "cases", a sequence.');
    }
    for (const item of list.items()) attempt(faults, () => cases.push(...readCases(item, common, faults)));
  });
  return { file, rules, responses, cases, undecidable, faults };
}

function attempt(faults: TestFault[], run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof TestFault)) throw error;
    faults.push(error);
  }
}

function optional(reading: Reading | undefined): Reading[] {
  return reading === undefined ? [] : [reading];
}

/** Reads a case, or one case per row of its table. */
function readCases(item: Reading, common: Common, faults: TestFault[]): TestCase[] {
  const keys = item.keyed("a case", CASE_KEYS);
  const each = keys.get("each");
  if (each === undefined) return [readCase(item, keys, common)];
  const cases: TestCase[] = [];
  for (const row of each.isMapping ? combinations(each) : each.items().map(listedRow)) {
    attempt(faults, () => {
      const { values, place } = row();
      const { node } = item;
      if (node.kind !== "mapping") return;
      const entries = node.entries.filter(({ key }) => key.kind !== "scalar" || key.text !== "each");
      const filled = new Reading(item.file, substitute({ ...node, entries }, values, item.file));
      const one = readCase(filled, filled.keyed("a case", CASE_KEYS), common);
      const name = keys.get("name")?.text('"name"') ?? "";
      cases.push({ ...one, place, name: name === one.name ? `${name} (${rowText(values)})` : one.name });
    });
  }
  return cases;
}

interface Row {
  readonly values: ReadonlyMap<string, YamlNode>;
  readonly place: Location;
}

/** Reads a row given as a mapping, such as `{program: cat, file: /etc/shadow}`. */
function listedRow(row: Reading): () => Row {
  return () => {
    const values = new Map<string, YamlNode>();
    for (const [key, value] of row.keyed('a row of "each"')) values.set(key, value.node);
    return { values, place: row.place };
  };
}

/** Returns rows for all combinations of columns, such as `{program: [cat, vi], file: [/etc/shadow]}`. */
function combinations(each: Reading): (() => Row)[] {
  let rows: Row[] = [{ values: new Map(), place: each.place }];
  for (const [name, column] of each.keyed('"each"')) {
    rows = rows.flatMap(({ values }) =>
      column.items().map(({ node, place }) => ({ values: new Map(values).set(name, node), place })),
    );
  }
  return rows.map((row) => () => row);
}

/** Formats a row for the name of its case. */
function rowText(values: ReadonlyMap<string, YamlNode>): string {
  return [...values].map(([key, node]) => `${key}: ${node.kind === "scalar" ? node.text : "…"}`).join(", ");
}

function readCase(item: Reading, keys: ReadonlyMap<string, Reading>, common: Common): TestCase {
  const name = keys.get("name")?.text('"name"');
  if (name === undefined) throw item.fault('A case requires "name".');
  const events = keys.get("events");
  const capture = keys.get("capture");
  const alerts = keys.get("alerts") ?? keys.get("alert");
  const given = [events, capture, keys.get("alerts"), keys.get("alert")].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw item.fault(
      'A case requires either "events" or "capture" (or, for response rules only, "alert" or "alerts").',
    );
  }
  const fires = keys.get("fires");
  const silent = keys.get("silent");
  const does = keys.get("does");
  if (fires === undefined && silent === undefined && does === undefined) {
    throw item.fault('A case requires an expectation: "fires", "silent" or both (or "does" for response rules).');
  }
  if (alerts !== undefined && (fires ?? silent) !== undefined) {
    throw (fires ?? silent ?? item).fault('"fires" and "silent" do not apply to an alert; use "does".');
  }
  const own = keys.get("processes")?.keyed('"processes"') ?? new Map<string, Reading>();
  return {
    name,
    place: item.place,
    source: keys.get("source")?.text('"source"') ?? common.source,
    documents: new Map([...common.documents, ...(keys.get("documents")?.keyed('"documents"') ?? [])]),
    events: events?.items(),
    alerts: alerts?.items(),
    does: does && readDoes(does),
    capture: capture === undefined ? undefined : readCapture(capture),
    process: keys.get("process"),
    processes: new Map([...common.processes, ...own]),
    users: [...common.users, ...optional(keys.get("users"))],
    with: [...common.with, ...optional(keys.get("with"))],
    time: readTime(keys.get("time")),
    fires: fires === undefined ? [] : readFires(fires),
    silent: readSilent(silent),
  };
}

function readTime(reading: Reading | undefined): bigint | undefined {
  if (reading === undefined) return undefined;
  const milliseconds = Date.parse(reading.text('"time"'));
  if (Number.isNaN(milliseconds)) throw reading.fault('"time" must be a date and time such as 2026-01-05T12:00:00Z.');
  return BigInt(milliseconds) * 1_000_000n;
}

function readCapture(reading: Reading): CaptureSlice {
  if (reading.isScalar) {
    return { file: reading.text('"capture"'), from: 1, to: Number.POSITIVE_INFINITY, place: reading.place };
  }
  const keys = reading.keyed('"capture"', ["file", "from", "to"]);
  const file = keys.get("file");
  if (file === undefined) throw reading.fault('"capture" requires "file".');
  return {
    file: file.text('"file"'),
    from: keys.get("from")?.integer('"from"') ?? 1,
    to: keys.get("to")?.integer('"to"') ?? Number.POSITIVE_INFINITY,
    place: file.place,
  };
}
