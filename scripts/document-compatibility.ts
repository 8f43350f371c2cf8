import { falcoOptions } from "../src/agent/falco/options.ts";
import { falcoVariables } from "../src/agent/falco/variables.ts";
import { falcoKeyStatus } from "../src/config/compatibility.ts";
import { falcoEvents } from "../src/event/falco-events.fixture.ts";
import { ABSENT_CALL, architectures, liveCalls, whyNotLive } from "../src/event/occurrence.ts";
import { absentFields, differentFields } from "../src/field/falco-differences.ts";
import { falcoFields } from "../src/field/falco-fields.fixture.ts";
import { absentMetrics, differentMetrics } from "../src/telemetry/falco-differences.ts";
import { falcoMetrics } from "../src/telemetry/falco-metrics.fixture.ts";
import { markdownTable, type Write } from "./table.ts";

/** The tables of docs/compatibility.md. */
export const compatibilityTables: Readonly<Record<string, Write>> = {
  "falco-keys": () =>
    markdownTable(
      ["key", "", ""],
      falcoKeyStatus().map(({ path, status, how }) => [`\`${path}\``, status, how]),
    ),
  "falco-options": () =>
    markdownTable(
      ["option", "", "", ""],
      falcoOptions.map(({ flags, about, differs }) => [
        `\`${flags}\``,
        about,
        differs === undefined ? "same" : "different by design",
        differs ?? "",
      ]),
    ),
  "falco-variables": () =>
    markdownTable(
      ["variable", "", "", ""],
      falcoVariables.map(({ name, about, absent }) => [
        `\`${name}\``,
        about,
        absent === undefined ? "same" : "absent",
        sentence(absent ?? ""),
      ]),
    ),
  "falco-fields": fieldsTable,
  "falco-fields-different": () =>
    markdownTable(
      ["field", "", ""],
      grouped(falcoFields, (name) => statusOf(name, differentFields, absentFields)),
    ),
  "falco-events": eventsTable,
  "falco-events-absent": () =>
    markdownTable(
      ["event", ""],
      grouped(falcoEvents, (name) => absenceOf(name)).map(([names = "", , why = ""]) => [names, why]),
    ),
  "falco-metrics": () =>
    markdownTable(
      ["metric", "", ""],
      falcoMetrics.map((name) => {
        const [status, how] = statusOf(name, differentMetrics, absentMetrics) ?? ["same", ""];
        return [`\`${name}\``, status, sentence(how)];
      }),
    ),
};

type Status = readonly [status: string, how: string];

function statusOf(
  name: string,
  different: Readonly<Record<string, string>>,
  absent: Readonly<Record<string, string>>,
): Status | undefined {
  if (Object.hasOwn(absent, name)) return ["absent", absent[name] ?? ""];
  return Object.hasOwn(different, name) ? ["different by design", different[name] ?? ""] : undefined;
}

/** Groups names by status, in the order of the names. Names without a status are omitted. */
function grouped(names: readonly string[], statusOfName: (name: string) => Status | undefined): string[][] {
  const groups = Map.groupBy(names, (name) => JSON.stringify(statusOfName(name) ?? null));
  return [...groups].flatMap(([key, members]) => {
    const status: Status | null = JSON.parse(key);
    return status === null ? [] : [[codes(members), status[0], sentence(status[1])]];
  });
}

/** Returns a table of the fields by class, including the fields that are the same in Falco. */
function fieldsTable(): string {
  const classes = Map.groupBy(falcoFields, (name) => name.slice(0, name.indexOf(".")));
  const count = (names: readonly string[], table: Readonly<Record<string, string>>): string =>
    String(names.filter((name) => Object.hasOwn(table, name)).length || "");
  return markdownTable(
    ["class", "same", "different by design", "absent"],
    [...classes].map(([name, names]) => [
      `\`${name}\``,
      codes(names.filter((field) => statusOf(field, differentFields, absentFields) === undefined)),
      count(names, differentFields),
      count(names, absentFields),
    ]),
  );
}

const calls = architectures.map((architecture) => ({ architecture, calls: liveCalls(architecture) }));

/**
 * Returns why no sensor produces an event with this name on any architecture; undefined if one does, or if the event is
 * a system call that no architecture has.
 */
function absenceOf(name: string): Status | undefined {
  const reasons = calls.map((one) => whyNotLive(name, one.calls));
  const why = reasons.find((reason) => reason !== ABSENT_CALL);
  return reasons.includes(undefined) || why === undefined ? undefined : ["absent", why];
}

/** Returns a table of the events, by the architectures that have them. */
function eventsTable(): string {
  const byPlace = Map.groupBy(falcoEvents, (name) => {
    if (absenceOf(name) !== undefined) return "absent: see below";
    const there = calls.filter((one) => whyNotLive(name, one.calls) === undefined).map((one) => one.architecture);
    if (there.length === calls.length) return "same";
    if (there.length === 0) return `absent: no call of ${architectures.join(" or ")} has this name`;
    return `same, on ${there.join(" and ")} only`;
  });
  const rows = [...byPlace].map(([status, names]): string[] => [status, String(names.length), codes(names)]);
  return markdownTable(
    ["", "names", ""],
    rows.toSorted(([a = ""], [b = ""]) => order(a) - order(b)),
  );
}

function order(status: string): number {
  return status === "same" ? 0 : status.startsWith("same") ? 1 : 2;
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function sentence(text: string): string {
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
