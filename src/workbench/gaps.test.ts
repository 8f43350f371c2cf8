import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { sharedFolder } from "../../test/parts/shared.ts";
import { defaultRulesOf, loadFiles } from "../agent/load/ready-rules.ts";
import { loadConfig } from "../config/load.ts";
import { falcoEvents } from "../event/falco-events.fixture.ts";
import { architectures, liveCalls } from "../event/occurrence.ts";
import type { RuleFile } from "../rule/location.ts";
import { TRACEPOINTS } from "../source/syscall/tracepoints.ts";
import { URING_CALLS } from "../source/syscall/uring.ts";
import { gapsOf } from "./gaps.ts";

const { config } = await loadConfig(undefined, [], {});

/** Returns the gaps of a rule with this condition. */
async function gaps(
  condition: string,
  more: { output?: string; architecture?: "arm64"; all?: true; top?: string; containers?: false } = {},
) {
  const { output = "o", architecture = "x64", all = false, top = "", containers = true } = more;
  const text = `${top}- rule: R\n  desc: d\n  condition: ${condition}\n  output: ${output}\n  priority: INFO\n`;
  const file: RuleFile = { name: "r.yaml", text };
  const { rules, results } = await loadFiles([file], config, "all");
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  const base = { ...config.base_syscalls, all };
  return gapsOf(rules, { architecture, containers, base }).map(
    ({ code, file, line, column, rule, message }) => `${file}:${line}:${column} ${rule} ${code}: ${message}`,
  );
}

test("a rule on events that no live sensor produces is reported with file, line, position and an alternative", async () => {
  expect(await gaps("evt.type = useradded")).toEqual([
    "r.yaml:3:25 R EYAS_NO_SUCH_EVENT: The rule cannot match, because a live sensor never creates its events: useradded: user changes create no events; match writes to the user files, such as fd.name = /etc/passwd",
  ]);
  expect(await gaps("evt.type in (execve, useradded)")).toEqual([
    expect.stringMatching(
      /^r\.yaml:3:35 R EYAS_NO_SUCH_EVENT: A live sensor never creates useradded events: .* Other events of the rule are available$/,
    ),
  ]);
  expect(await gaps("evt.type in (container, container_removed) and evt.is_async = true")).toEqual([]);
  expect(await gaps("evt.type = container", { containers: false })).toEqual([
    expect.stringContaining("container: the configuration disables requests to container runtimes"),
  ]);
  expect(await gaps("evt.asynctype = container")).toEqual([]);
  expect(await gaps("evt.asynctype = container", { containers: false })).toEqual([
    expect.stringContaining(
      "Field evt.asynctype applies only to container events, which do not occur: the configuration disables requests",
    ),
  ]);
});

test("a rule on a call that does not exist on the architecture is reported, unless the rule also names other calls", async () => {
  expect(await gaps("evt.type = open")).toEqual([]);
  expect(await gaps("evt.type = open", { architecture: "arm64" })).toEqual([
    expect.stringContaining("open: there is no such call on arm64"),
  ]);
  expect(await gaps("evt.type in (open, openat)", { architecture: "arm64" })).toEqual([]);
  expect(await gaps("syscall.type = s390_sthyi")).toEqual([expect.stringContaining("no such call on x64")]);
});

test("negated names and contradictions of negated names are not reported", async () => {
  expect(await gaps("evt.type != useradded")).toEqual([]);
  expect(await gaps("evt.type = execve and not evt.type in (container, useradded)")).toEqual([]);
  expect(await gaps("evt.type = open and not evt.arg.newpath = x and not evt.is_async = true")).toEqual([]);
  expect(await gaps("evt.type = container", { containers: false })).toEqual([
    expect.stringContaining("container: the configuration disables requests to container runtimes"),
  ]);
  expect(await gaps("not (evt.type != useradded) and proc.name = x")).toHaveLength(1);
});

test("a rule whose event types exclude each other, or that has an empty list of event types, is reported", async () => {
  const empty = "- list: none\n  items: []\n";
  for (const condition of ["evt.type = open and evt.type = close", "evt.type in (none)"])
    expect(await gaps(condition, { top: empty })).toEqual([
      expect.stringContaining("The rule cannot match, because its comparisons"),
    ]);
});

test("an event that a macro names is reported at the position of the rule", async () => {
  const top = "- macro: started\n  condition: (evt.type = useradded)\n";
  expect(await gaps("started and proc.name = x", { top })).toEqual([expect.stringMatching(/^r\.yaml:3:3 R /)]);
});

test("fields that never have a value, in conditions and outputs, are reported", async () => {
  expect(await gaps("evt.type = open and evt.pluginname = k8saudit")).toEqual([
    "r.yaml:3:34 R EYAS_NO_SUCH_VALUE: Field evt.pluginname has no value for system calls, only for events of document sources",
  ]);
  expect(await gaps("evt.type = open", { output: "cpu %thread.cpu" })).toEqual([
    expect.stringContaining("Field thread.cpu has no value"),
  ]);
});

test("parameters that no event of the rule has, and event types that never occur, are reported", async () => {
  expect(await gaps("evt.type = openat and evt.arg.newpath contains x")).toEqual([
    "r.yaml:3:36 R EYAS_NO_SUCH_VALUE: No event of the rule has the parameter newpath of evt.arg",
  ]);
  expect(await gaps("evt.type in (openat, rename) and evt.arg.newpath contains x")).toEqual([]);
  expect(await gaps("evt.type in (acct, setxattr) and evt.arg.path contains x")).toEqual([]);
  expect(await gaps("evt.type = openat", { output: "at %evt.rawarg.newpath" })).toEqual([]);
  expect(await gaps("evt.type.is.useradded = 1")).toEqual([
    expect.stringContaining("is always 0: user changes create no events"),
  ]);
  expect(await gaps("evt.type.is.openat = 1 and evt.arg[7] = x")).toEqual([]);
});

test("calls that the configuration excludes are reported with their rule", async () => {
  expect(await gaps("evt.type = read")).toEqual([
    "r.yaml:3:25 R EYAS_NOT_WATCHED: read is not watched: set base_syscalls.all=true to also watch frequent system calls",
  ]);
  expect(await gaps("evt.type = read", { all: true })).toEqual([]);
  expect(await gaps("proc.name = x")).toEqual([]);
});

/** Returns the gaps of rule files on all architectures. */
async function gapsOfFiles(paths: readonly string[]): Promise<string[]> {
  const files = paths.map((path) => ({ name: path, text: readFileSync(path, "utf8") }));
  const { rules } = await loadFiles(files, config, "all");
  expect(rules.length).toBeGreaterThan(20);
  return architectures.flatMap((architecture) =>
    gapsOf(rules, { architecture, containers: true, base: config.base_syscalls }).map(
      ({ rule, message }) => `${architecture} ${rule}: ${message}`,
    ),
  );
}

test("for each of Falco's event types, a rule is evaluated or gets a warning", async () => {
  const top = falcoEvents
    .map((name) => `- rule: on ${name}\n  desc: d\n  condition: evt.type = ${name}\n  output: o\n  priority: INFO\n`)
    .join("");
  const { rules } = await loadFiles([{ name: "r.yaml", text: top }], config, "all");
  expect(rules).toHaveLength(falcoEvents.length);
  for (const architecture of architectures) {
    const there = liveCalls(architecture);
    const watched = rules.filter(
      ({ name, bound }) => name === "on container" || [...bound.calls()].some((id) => there.has(id)),
    );
    const options = { architecture, containers: true, base: { ...config.base_syscalls, all: true } };
    const named = gapsOf(rules, options).map(({ rule }) => rule);
    expect([...watched.map(({ name }) => name), ...named].toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
    expect(watched.length).toBeGreaterThan(300);
  }
});

test("the list of Falco's event types equals the list in the reference", needs("shared tables"), () => {
  const rows: readonly { name: string; params: readonly { name: string }[] }[] = JSON.parse(
    readFileSync(join(sharedFolder, "reference/events.json"), "utf8"),
  );
  expect([...new Set(rows.map(({ name }) => name))].toSorted()).toEqual(falcoEvents);
  // These numbers are in docs/compatibility.md.
  const own = rows.filter(({ params }) => params.some(({ name }) => name !== "ID" && name !== "nativeID"));
  expect([rows.length, falcoEvents.length, new Set(own.map(({ name }) => name)).size]).toEqual([729, 451, 177]);
});

test("the default rules have no gaps", async () => {
  expect(await gapsOfFiles(defaultRulesOf(["syscall"]))).toEqual([]);
});

test("Falco's rules have no gaps", needs("upstream rules"), async () => {
  for (const name of ["falco_rules", "falco-incubating_rules", "falco-sandbox_rules"])
    expect(await gapsOfFiles([join(sharedFolder, `upstream-rules/${name}.yaml`)])).toEqual([]);
});

test("all tracepoints and io_uring calls that the sensor reports count as events that occur", () => {
  for (const calls of architectures.map(liveCalls))
    expect([...TRACEPOINTS, ...URING_CALLS].filter((id) => !calls.has(id))).toEqual([]);
});
