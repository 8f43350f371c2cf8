import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { falcoKeyStatus } from "./compatibility.ts";
import { keyTests } from "./falco-key-tests.fixture.ts";
import { falcoKeys } from "./falco-keys.fixture.ts";
import { keys } from "./keys.ts";
import { loadConfig } from "./load.ts";

const home = join(import.meta.dirname, "../..");

/** The source of a test, from its title to the next test; undefined if the file has no test with this title. */
function testIn(text: string, title: string): string | undefined {
  const all = text.split(/^(?= *(?:test|it)\b)/m);
  return all.find((each) => /^ *(?:test|it)\b/.test(each) && each.slice(each.indexOf('"')).startsWith(`"${title}"`));
}

/** Whether an entry of the table of tests is about a key. */
function isAbout(words: string, path: string): boolean {
  return words.split(" ").some((word) => word === path || (word.endsWith(".*") && path.startsWith(word.slice(0, -1))));
}

const isTested = (path: string): boolean => keyTests.some(([, , words]) => isAbout(words, path));

test.each(keyTests)("%s: %s", (file, title, words) => {
  const text = readFileSync(join(home, file), "utf8");
  expect(testIn(text, title)).toBeDefined();
  const about = falcoKeyStatus().filter(({ path }) => isAbout(words, path));
  expect(about.map(({ path }) => path)).toEqual(
    expect.arrayContaining(words.split(" ").filter((word) => !/\*/.test(word))),
  );
  expect(about.filter(({ status }) => status === "absent")).toEqual([]);
  // Values that tests pass through helpers are defined before the tests.
  const [before = ""] = text.split(/^test\b/m, 1);
  const named = `${before}${testIn(text, title)}`;
  const last = (path: string): string => path.split(/[.[\]]+/).at(-1) ?? "";
  const lacking = about.filter(({ path }) => !new RegExp(`\\b${last(path)}\\b`).test(named));
  expect(lacking.map(({ path }) => path)).toEqual([]);
});

/** Values that differ from the default, for keys that are neither numbers nor flags. */
const values: Readonly<Record<string, string>> = {
  rule_files: "[a.yaml]",
  "append_output[].match.source": "syscall",
  "append_output[].match.tags": "[network]",
  "append_output[].suggested_output": "true",
  "append_output[].extra_fields": "[proc.name]",
  config_files: "[]",
  static_fields: "{a: b}",
  "rules[].disable.tag": "network",
  "engine.kind": "kmod",
  "capture.mode": "all_rules",
  priority: "error",
  rule_matching: "first",
  log_level: "error",
  "libs_logger.severity": "debug",
  "http_output.url": "https://example.org/",
  "webserver.listen_address": "0.0.0.0",
  "webserver.k8s_healthz_endpoint": "/health",
  "metrics.interval": "15m",
  "syscall_event_drops.actions": "[alert]",
  "syscall_event_drops.threshold": "0.5",
};

/** Whether a flag is true by default, so that the different value is `false`. */
function defaultOf(path: string): unknown {
  let at: unknown = keys;
  for (const name of path.split(".")) {
    const inner = at as { keys?: object; shape?: { keys?: object } } | undefined;
    const section = (inner?.keys ?? inner?.shape?.keys ?? at) as Readonly<Record<string, unknown>> | undefined;
    at = section?.[name];
  }
  const leaf = at as { fallback?: unknown; shape?: { fallback?: unknown } } | undefined;
  return leaf?.fallback ?? leaf?.shape?.fallback;
}

function changed(path: string): string {
  const known = values[path];
  if (known !== undefined) return known;
  const value = defaultOf(path);
  return typeof value === "boolean" ? String(!value) : typeof value === "number" ? String(value + 1) : "text";
}

test("the table of keys has the keys of Falco's schema, and no others", () => {
  const known = falcoKeyStatus().map(({ path }) => path);
  const more = ["config_files[].path", "config_files[].strategy", "container_engines"]; // not in the schema
  expect(known.toSorted()).toEqual([...falcoKeys, ...more].toSorted());
  expect(falcoKeys).toHaveLength(112);
});

test.each(falcoKeyStatus())("$path is $status", async ({ path, status, how }) => {
  expect(how === "").toBe(status === "same");
  const [list = "", entry] = path.split("[].");
  const option =
    entry === undefined
      ? `${path}=${changed(path)}`
      : `${list}=[${entry.split(".").reduceRight((inner, name) => `{${name}: ${inner}}`, changed(path))}]`;
  // A section has an effect only if it is enabled.
  const enabled = path.startsWith("capture.") && path !== "capture.enabled" ? ["capture.enabled=true"] : [];
  const { diagnostics } = await loadConfig(undefined, [...enabled, option], {});
  const said = diagnostics.filter(({ severity }) => severity !== "error").map(({ message }) => message);
  expect(said.filter((message) => message.startsWith("Unknown key"))).toEqual([]);
  if (status === "absent") expect(said.join("\n")).toMatch(/ has no effect/);
  else expect(isTested(path)).toBe(true);
});

test.each([
  ["log_stderr", "true"],
  ["log_syslog", "false"],
  ["metrics.interval", "`1h`"],
  ["metrics.output_rule", "true"],
  ["metrics.kernel_event_counters_per_cpu_enabled", "false"],
  ["stdout_output.enabled", "true"],
  ["rule_matching", "`all`"],
])("%s states its default, which differs from Falco's", (path, value) => {
  expect(falcoKeyStatus().find((key) => key.path === path)?.how).toBe(`The default is ${value}.`);
});

test("with a journal, the note about outputs_queue.capacity names the limit for alerts on disk", async () => {
  const said = async (...options: string[]) =>
    (await loadConfig(undefined, ["outputs_queue.capacity=10", ...options], {})).diagnostics.map(
      ({ message }) => message,
    );
  expect(await said()).toEqual([expect.stringContaining("the backlog in the journal is limited by journal.max_size")]);
  expect(await said("journal.enabled=false")).toEqual([]);
});

test("unknown keys in the entries of lists are warnings", async () => {
  const options = ["append_output=[{mach: {rule: a}}, {match: {tag: [x]}}]", "rules=[{disable: {rul: a, tag: x}}]"];
  const { diagnostics } = await loadConfig(undefined, options, {});
  expect(diagnostics.map(({ message }) => message).sort()).toEqual([
    "Unknown key append_output[].mach; did you mean append_output[].match?",
    "Unknown key append_output[].match.tag; did you mean append_output[].match.tags?",
    "Unknown key rules[].disable.rul; did you mean rules[].disable.rule?",
  ]);
});
