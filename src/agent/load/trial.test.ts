import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Failure } from "../failure.ts";
import { load } from "./load.ts";
import { runTrial, tryLoad } from "./trial.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-trial-"));
afterAll(() => rmSync(folder, { recursive: true }));

function ruleFile(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const rule = (name: string, condition: string): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: x\n  priority: INFO\n`;

const manyRules = (count: number): string =>
  Array.from({ length: count }, (_, i) => rule(`r${i}`, `evt.type=open and proc.name=a${i} and fd.name=/b${i}`)).join(
    "",
  );

test("loading accepts the digest that the trial of valid files returns", async () => {
  const options = { rules: [ruleFile("valid.yaml", rule("a", "evt.type = open"))] };
  const checked = await tryLoad(options, [1, 2, 3]);
  expect((await load(options, { checked })).content).toBe(checked?.content);
  ruleFile("valid.yaml", rule("b", "evt.type = open"));
  await expect(load(options, { checked })).rejects.toThrow("The files changed during the reload.");
});

test("a trial has the sources of the command line", async () => {
  const options = { option: ["sources.k8s_audit.from=/nonexistent.json"], disableSources: ["syscall"] };
  const checked = await tryLoad(options, []);
  expect((await load(options, { checked })).content).toBe(checked?.content);
});

test("files that are skipped cause a failure only in strict mode", async () => {
  const text = `- required_plugin_versions: [{name: okta, version: 0.11.0}]\n${rule("a", "evt.type = open")}`;
  const rules = [ruleFile("okta.yaml", text)];
  await expect(tryLoad({ rules }, [])).resolves.toBeDefined();
  await expect(tryLoad({ rules, strict: true }, [])).rejects.toThrow("requires okta 0.11.0");
});

test("exceptions can be added while a rule file is skipped", async () => {
  const okta = `- required_plugin_versions: [{name: okta, version: 0.11.0}]\n${rule("b", "okta.x = y")}`;
  const paths = [ruleFile("kept.yaml", rule("a", "evt.type = open")), ruleFile("left.yaml", okta)];
  const yaml =
    "- rule: a\n  exceptions: [{name: e, fields: [proc.name], values: [[x]]}]\n  override: {exceptions: append}\n";
  const file = { name: "exceptions.yaml", text: yaml, before: "" };
  const settings = { append_output: [], buffer_format_base64: false, static_fields: {} };
  await expect(
    runTrial({ kind: "exceptions", yaml, file, changed: [], paths, settings, options: {} }),
  ).resolves.toBeDefined();
});

test("invalid files fail with the same message as loading", async () => {
  const options = { rules: [ruleFile("invalid.yaml", rule("a", "evt.typ = open"))] };
  const expected = await load(options).catch((error: unknown) => error);
  await expect(tryLoad(options, [])).rejects.toEqual(expected);
  expect(expected).toBeInstanceOf(Failure);
});

test("files that take too much CPU time to load fail", async () => {
  const options = { rules: [ruleFile("slow.yaml", manyRules(20_000))] };
  await expect(tryLoad(options, [], { processor: 1 })).rejects.toThrow(
    "Cannot load the configuration or rule files: loading used more than 0.001 s of CPU time.",
  );
});

test("files that take too much memory to load fail, and the process continues", { timeout: 300_000 }, async () => {
  const options = { rules: [ruleFile("large.yaml", manyRules(60_000))] };
  // Repeated, because V8 does not abort the process every time a worker reaches its heap limit.
  for (let attempt = 0; attempt < 3; attempt++)
    await expect(tryLoad(options, [], { heap: 64 })).rejects.toThrow(
      "Cannot load the configuration or rule files: loading requires more than 64 MiB of memory.",
    );
});

test("a trial of exceptions with an error fails with the message of the error", async () => {
  const paths = [ruleFile("rules.yaml", rule("a", "evt.type = open"))];
  const yaml =
    "- rule: a\n  exceptions: [{name: e, fields: [proc.nam], values: [[x]]}]\n  override: {exceptions: append}\n";
  const file = { name: "exceptions.yaml", text: yaml, before: "" };
  const settings = { append_output: [], buffer_format_base64: false, static_fields: {} };
  await expect(runTrial({ kind: "exceptions", yaml, file, changed: [], paths, settings, options: {} })).rejects.toThrow(
    /^exceptions\.yaml:2:\d+: Unknown field "proc\.nam"\. Did you mean "proc\.name"\?$/,
  );
});

test("loading needs no native library, since terminating a worker while it initializes one aborts the process", () => {
  const module = JSON.stringify(new URL("./load.ts", import.meta.url).href);
  const program = `
    import { readFileSync } from "node:fs";
    const { load } = await import(${module});
    const { rules } = await load({ enableSources: [], disableSources: [] }, { isTrial: true });
    const maps = readFileSync("/proc/self/maps", "utf8");
    console.log(rules.ruleset.rules.length > 0, maps.includes("koffi"));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(printed).toBe("true false\n");
});
