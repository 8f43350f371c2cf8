import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { Failure } from "../failure.ts";
import { readyRules } from "./ready-rules.ts";

const { config } = await loadConfig(undefined, [], {});

/** Loads rule files with these texts. */
async function load(files: Readonly<Record<string, string>>, options: { strict?: true; sources?: string[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "eyas-left-out-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { loaded, leftOut } = await readyRules([folder], config, "all", "", options);
  return {
    rules: loaded.rules.map(({ name }) => name),
    leftOut: leftOut.map(({ sentence }) => sentence.replaceAll(`${folder}/`, "")),
  };
}

const rule = (name: string, source: string, condition: string, more = "") =>
  `- rule: ${name}\n  desc: d\n  source: ${source}\n  condition: ${condition}\n  output: o\n  priority: INFO\n${more}`;
const kernel = rule("Shell", "syscall", "evt.type = execve");
const okta = `- required_plugin_versions: [{name: okta, version: 0.11.0}]
- macro: admin
  condition: (okta.actor.name = admin)
${rule("Login", "okta", "okta.evt.type = login and admin")}${rule("Token", "okta", "okta.evt.type = token")}`;

test("a file that requires a missing plugin is skipped, with a message that names file, plugin and rules; other files are loaded", async () => {
  const { rules, leftOut } = await load({ "a.yaml": kernel, "okta.yaml": okta });
  expect(rules).toEqual(["Shell"]);
  expect(leftOut).toEqual([
    "okta.yaml is skipped because it requires the missing plugin okta 0.11.0: rules Login, Token. To load the rules, read events of okta as JSON with sources.json.okta, and use json.value[/…] in conditions",
  ]);
});

test("changes to definitions of a skipped file are skipped; other items in the same file are loaded", async () => {
  const local = `- macro: admin
  condition: or okta.actor.name = root
  override: {condition: append}
- rule: Token
  enabled: false
  override: {enabled: replace}
- rule: Shell
  tags: [local]
  override: {tags: append}
${rule("Local", "syscall", "evt.type = open")}`;
  const { rules } = await load({ "a.yaml": kernel, "okta.yaml": okta, "zlocal.yaml": local });
  expect(rules).toEqual(["Shell", "Local"]);
});

test("the message about a file explains how the rules can be used", async () => {
  const requirement = "- required_plugin_versions: [{name: k8saudit-gke, version: 0.9.0}]\n";
  const changes = "- rule: Shell\n  tags: [a]\n  override: {tags: append}\n";
  const files = {
    "a.yaml": kernel,
    "b.yaml": requirement + changes,
    "c.yaml": requirement + rule("Exec", "syscall", "evt.type = execve"),
  };
  expect((await load(files)).leftOut).toEqual([
    "b.yaml is skipped because it requires the missing plugin k8saudit-gke 0.9.0: rule Shell. The file changes rules in other files: remove the requirement if the rules use no fields of the plugin",
    "c.yaml is skipped because it requires the missing plugin k8saudit-gke 0.9.0: rule Exec. Events of syscall are read without the plugin: remove the requirement if the rules use no fields of the plugin",
  ]);
});

test("an available alternative satisfies a requirement", async () => {
  const text = `- required_plugin_versions:
  - {name: k8saudit-eks, version: 0.4.0, alternatives: [{name: k8saudit, version: 0.7.0}]}
${kernel}`;
  expect(await load({ "a.yaml": text })).toEqual({ rules: ["Shell"], leftOut: [] });
});

test("rules of a missing source are skipped, with a message for each file and source", async () => {
  const { rules, leftOut } = await load({ "a.yaml": kernel + rule("Login", "okta", "okta.evt.type = login") });
  expect(rules).toEqual(["Shell"]);
  expect(leftOut).toEqual([
    "a.yaml: the source okta is missing, so its rules are skipped: rule Login. To load the rules, read events of okta as JSON with sources.json.okta, and use json.value[/…] in conditions",
  ]);
});

test("the message about a source that may be misspelled suggests the similar name", async () => {
  const { leftOut } = await load({ "a.yaml": rule("Shell", "sycall", "evt.type = execve") });
  expect(leftOut).toEqual([expect.stringContaining("A source with a similar name exists: syscall")]);
});

test("in strict mode, missing plugins and missing sources are errors", async () => {
  for (const text of [okta, rule("Login", "okta", "okta.evt.type = login")])
    await expect(load({ "a.yaml": kernel, "b.yaml": text }, { strict: true })).rejects.toThrow(Failure);
});

test("the error about a plugin's field in a rule for JSON events contains the JSON pointer", async () => {
  const text = rule("Login", "okta", 'okta.evt.type = login and okta.org = "x"');
  const failed = load({ "a.yaml": text }, { sources: ["okta"] });
  await expect(failed).rejects.toThrow(
    'Unknown field "okta.evt.type". The events of this source are JSON: use json.value[/eventType]',
  );
  await expect(failed).rejects.toThrow(
    'Unknown field "okta.org". The events of this source are JSON: json.value[/…] reads',
  );
});
