import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../config/load.ts";
import type { OutputDescriptor } from "./descriptor.ts";
import { allOutputs } from "./enabled.ts";
import { falcoOutputs, receivers } from "./list.ts";
import { openOutputs } from "./outputs.ts";

const folder = join(import.meta.dirname, "receiver");

function isDescriptor(value: unknown): value is OutputDescriptor {
  return typeof value === "object" && value !== null && "enabledBy" in value && "open" in value;
}

function sectionOf(output: unknown): unknown {
  return isDescriptor(output) ? output.section : output;
}

test("every file describes an output that is in the list, and names are unique", async () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !/\.(?:test|fixture)\.ts$/.test(name));
  const described: unknown[] = [];
  for (const file of files) {
    const exported = Object.values<unknown>(await import(join(folder, file))).filter(isDescriptor);
    expect(exported, `${file} describes one output`).toHaveLength(1);
    described.push(...exported);
  }
  expect(described.length).toBeGreaterThan(20);
  const missing = described.filter((each) => !(allOutputs as readonly unknown[]).includes(each)).map(sectionOf);
  expect(missing, "outputs that are not in src/output/list.ts").toEqual([]);
  expect(allOutputs).toHaveLength(described.length);
  expect(new Set(allOutputs.map(({ section }) => section)).size).toBe(allOutputs.length);
});

/** Source text of all other tests of outputs. */
const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && file !== "list.test.ts")
  .map((file) => ({ file, text: readFileSync(join(import.meta.dirname, file), "utf8") }));

test.each(readdirSync(folder).filter((name) => name.endsWith(".ts") && !/\.(?:test|fixture)\.ts$/.test(name)))(
  "receiver/%s has a test",
  (file) => {
    const name = file.replace(".ts", "");
    const isAbout = (one: (typeof tests)[number]): boolean =>
      one.file.startsWith(`receiver/${name}/`) || one.text.includes(`/${file}"`) || one.text.includes(`"${name}"`);
    expect(tests.some(isAbout)).toBe(true);
  },
);

/** A configuration that enables only this output, made from its example. */
function exampleFile({ section, example }: OutputDescriptor): string {
  const path = section.split(".");
  const heads = path.map((each, depth) => `${"  ".repeat(depth)}${each}:`);
  const body = example.split("\n").map((line) => `${"  ".repeat(path.length)}${line}`);
  const file = join(mkdtempSync(join(tmpdir(), "eyas-output-")), "eyas.yaml");
  writeFileSync(file, ["stdout_output: {enabled: false}", ...heads, ...body].join("\n"));
  return file;
}

test.each(receivers.map((one: OutputDescriptor) => [one.section, one]))(
  "the example of %s enables the output, which opens with its name",
  async (_, output) => {
    const environment = {
      CLIQ_WEBHOOK: "https://example.org/c",
      GOOGLECHAT_WEBHOOK: "https://example.org/d",
      MATTERMOST_WEBHOOK: "https://example.org/e",
      PAGERDUTY_KEY: "key",
      ROCKETCHAT_WEBHOOK: "https://example.org/f",
      SLACK_WEBHOOK: "https://example.org/a",
      TEAMS_WORKFLOW: "https://example.org/b",
    };
    const { config, diagnostics } = await loadConfig(exampleFile(output), [], environment);
    expect(diagnostics).toEqual([]);
    const opened = await openOutputs(config);
    for (const one of opened) await one.close();
    expect(opened.map(({ name }) => name.replace("outputs.", ""))).toEqual([output.name]);
  },
);

test("section names of Falco's outputs end in _output", () => {
  for (const { name, section } of falcoOutputs as readonly OutputDescriptor[]) expect(section).toBe(`${name}_output`);
});

test("reading the configuration does not load clients of outputs", async () => {
  const script = `import { registerHooks } from "node:module";
    registerHooks({ resolve(specifier, context, next) {
      if (!/^[.\\/]|^file:|^node:/.test(specifier)) console.log(specifier);
      const found = next(specifier, context);
      if (/output\\/(?:receiver\\/\\w+\\/(?!describe)|transport\\/http(?:-form)?\\.ts)/.test(found.url)) console.log(found.url);
      return found;
    } });
    const { loadConfig } = await import(${JSON.stringify(join(import.meta.dirname, "../config/load.ts"))});
    const { config } = await loadConfig(undefined);
    console.log(Object.keys(config.outputs).length);`;
  const text = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(text).toMatch(/^\d+\n$/);
});
