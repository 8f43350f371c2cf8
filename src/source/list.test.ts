import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { enabledSources, keysOf, readerFor } from "../agent/documents/settings.ts";
import { loadConfig } from "../config/load.ts";
import { classesOfSource, knownSources } from "../field/sources.ts";
import type { DocumentSource } from "./descriptor.ts";
import { sources } from "./list.ts";
import { documentSources, namedSources } from "./sources.ts";

const folder = import.meta.dirname;
const described: readonly DocumentSource[] = [...documentSources, ...namedSources];

/** Whether a source is enabled without configuration. */
function isAutomatic(name: string): boolean {
  return described.some((source) => source.name === name && source.processes);
}

function isDescriptor(value: unknown): boolean {
  return typeof value === "object" && value !== null && "about" in value && "rules" in value;
}

function nameOf(source: unknown): unknown {
  return typeof source === "object" && source !== null && "name" in source ? source.name : source;
}

test("every source described in a file is in the list once, with a unique name", async () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) =>
      name.endsWith(".ts") &&
      !name.endsWith(".test.ts") &&
      name !== "descriptor.ts" &&
      /\bdescribe(?:(?:Named)?Source|Syscalls)\(/.test(readFileSync(join(folder, name), "utf8")),
  );
  const found: unknown[] = [];
  for (const file of files) {
    const exported = Object.values<unknown>(await import(join(folder, file))).filter(isDescriptor);
    expect(exported, `${file} describes one source`).toHaveLength(1);
    found.push(...exported);
  }
  expect(found.length).toBeGreaterThan(4);
  const missing = found.filter((each) => !(sources as readonly unknown[]).includes(each)).map(nameOf);
  expect(missing, "sources that are not in src/source/list.ts").toEqual([]);
  expect(sources).toHaveLength(found.length);
  expect(new Set(sources.map(({ name }) => name)).size).toBe(sources.length);
});

test("every source has a test in its directory", () => {
  const folders = readdirSync(folder).filter((name) => existsSync(join(folder, name, "describe.ts")));
  expect(folders).toHaveLength(sources.length);
  for (const name of folders)
    expect(
      readdirSync(join(folder, name)).filter((file) => file.endsWith(".test.ts")),
      name,
    ).not.toEqual([]);
});

test("every source in the list, and no other source, has classes of fields", () => {
  expect(new Set(sources.map(({ name }): string => name))).toEqual(new Set(knownSources));
});

test.each(documentSources.map((source) => [source.name, source] as const))(
  "%s has process fields only if its events can belong to a process",
  async (name, { flows, processes }) => {
    const classes = await classesOfSource(name);
    expect(classes.some((each) => each.name === "process")).toBe(flows || processes);
  },
);

test("the default rule files of every source exist", () => {
  for (const file of sources.flatMap(({ rules }) => rules))
    expect(existsSync(join(folder, "../../rules", file))).toBe(true);
});

test.each(described.map((source) => [source.name, source] as const))(
  "the example of %s enables it, and its decoder opens",
  async (name, source) => {
    const file = join(mkdtempSync(join(tmpdir(), "eyas-source-")), "eyas.yaml");
    const body = source.example.split("\n").map((line) => `    ${line}`);
    writeFileSync(file, ["sources:", `  ${name}:`, ...body].join("\n"));
    const { config, diagnostics } = await loadConfig(file, [], {});
    expect(diagnostics).toEqual([]);
    const [enabled] = enabledSources(config).filter((each) => each === name || !isAutomatic(each));
    expect([enabled, keysOf(enabled!)]).toEqual(
      source.kind === "named" ? [enabled, `sources.${name}.${enabled}`] : [name, `sources.${name}`],
    );
    expect((await readerFor(config, enabled!)).split).toBeInstanceOf(Function);
  },
);

test("reading the configuration loads no decoder and opens no feed", () => {
  const script = `import { registerHooks } from "node:module";
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (found.url.includes("/src/source/")) console.log(found.url.replace(/.*\\/src\\/source\\//, ""));
      return found;
    } });
    await import(${JSON.stringify(join(folder, "../config/load.ts"))});`;
  const text = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const loaded = new Set(text.trim().split("\n"));
  const light =
    /^(?:[a-z0-9-]+\/(?:describe|engine|keys)|origin\/[a-z-]+|descriptor|keys|list|measure|reader|sources|split|decode)\.ts$/;
  expect([...loaded].filter((file) => !light.test(file))).toEqual([]);
  expect(loaded.size).toBeGreaterThan(10);
});
