/**
 * Writes what follows from tables in the code: generated tables between the markers of documents, and files that are generated as a whole.
 * `npm run docs` writes them; `docs.test.ts` fails where one is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiTables, openApiDocument } from "./document-api.ts";
import { catalogueTables } from "./document-catalogues.ts";
import { configurationTables } from "./document-configuration.ts";
import { drillTables } from "./document-drill.ts";
import { metricsTables } from "./document-metrics.ts";
import { outputsTables } from "./document-outputs.ts";
import { responsesTables } from "./document-responses.ts";
import { rolesTable } from "./document-roles.ts";
import { rulesTables } from "./document-rules.ts";
import { sourcesTables } from "./document-sources.ts";
import { markedTables, replaceBetweenMarkers } from "./markers.ts";
import type { Write } from "./table.ts";

const home = join(import.meta.dirname, "..");

/** The generated tables, by the name in their markers. A table may stand in any document. */
export const tables: Readonly<Record<string, Write>> = {
  ...apiTables,
  ...catalogueTables,
  ...configurationTables,
  ...drillTables,
  ...metricsTables,
  ...outputsTables,
  ...responsesTables,
  ...rulesTables,
  ...sourcesTables,
};

/** Files that are generated as a whole, by their path in the repository. */
export const files: Readonly<Record<string, Write>> = {
  "docs/openapi.json": openApiDocument,
  "src/field/roles-table.ts": rolesTable,
};

/** The documents that are written by hand, by their path in the repository. */
export function documents(): string[] {
  return ["", "docs/"]
    .flatMap((folder) => readdirSync(join(home, folder)).map((name) => folder + name))
    .filter((path) => path.endsWith(".md") && !Object.hasOwn(files, path));
}

/** The text of a file of the repository; empty where there is none. */
export function readDocument(path: string): string {
  try {
    return readFileSync(join(home, path), "utf8");
  } catch {
    return "";
  }
}

/** A document with its generated tables up to date. Errors name the file and the marker. */
export async function updateDocument(path: string): Promise<string> {
  let text = readDocument(path);
  for (const name of markedTables(text, path)) {
    const write = Object.hasOwn(tables, name) ? tables[name] : undefined;
    if (write === undefined) throw new Error(`${path}: no generated table is called "${name}"`);
    text = replaceBetweenMarkers(text, name, await write(), path);
  }
  return text;
}

/** The generated tables that stand in no document. */
export function unplacedTables(): string[] {
  const placed = new Set(documents().flatMap((path) => markedTables(readDocument(path), path)));
  return Object.keys(tables).filter((name) => !placed.has(name));
}

if (import.meta.main) {
  for (const [path, write] of Object.entries(files)) writeFileSync(join(home, path), await write());
  for (const path of documents()) writeFileSync(join(home, path), await updateDocument(path));
  for (const name of unplacedTables()) {
    console.error(`The generated table "${name}" stands in no document: write <!-- generated: ${name} --> in one.`);
    process.exitCode = 1;
  }
}
