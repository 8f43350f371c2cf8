import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { keys } from "../src/config/keys.ts";
import { loadConfig, printDiagnostic } from "../src/config/load.ts";

const docs = join(import.meta.dirname, "../docs");
const folder = mkdtempSync(join(tmpdir(), "eyas-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the configuration examples in a document: YAML blocks that have only keys of the configuration. */
function examplesIn(document: string): string[] {
  const text = readFileSync(join(docs, document), "utf8");
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map(([, yaml = ""]) => yaml)
    .filter((yaml) => {
      const value: unknown = parseDocument(yaml).toJS();
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      return Object.keys(value).every((key) => Object.hasOwn(keys, key));
    });
}

const shown = readdirSync(docs)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) => examplesIn(name).map((yaml, index) => [`${name}, example ${index + 1}`, yaml] as const));

test("documents contain configuration examples", () => {
  expect(shown.length).toBeGreaterThan(20);
});

test.each(shown)("docs/%s is a valid configuration", async (_, yaml) => {
  const file = join(folder, "eyas.yaml");
  writeFileSync(file, yaml);
  // Environment variables in place of secrets, which can be any text, and of secret addresses.
  const environment = Object.fromEntries(
    [...yaml.matchAll(/(\S?)\$\{(\w+)\}/g)].map(([, before, name]) => [
      name,
      before === ":" ? "example" : "https://example.org/",
    ]),
  );
  const { diagnostics } = await loadConfig(file, [], environment);
  expect(diagnostics.map(printDiagnostic)).toEqual([]);
});

test.each(readdirSync(docs).filter((name) => name.endsWith(".md")))(
  "the commands of docs/%s do not change the working directory, to which paths of later commands are relative",
  (name) => {
    const text = readFileSync(join(docs, name), "utf8");
    const commands = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) => block.split("\n"));
    expect(commands.filter((line) => /^(?:\S.*&& )?cd /.test(line))).toEqual([]);
  },
);
