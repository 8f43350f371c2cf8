/**
 * Updates the generated tables in documents, and completely generated files. Run by `npm run docs`; `docs.test.ts`
 * fails if a table or file is outdated.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartFiles, chartTables } from "./chart/files.ts";
import { dashboardFiles } from "./dashboards/saved-objects.ts";
import { apiTables, openApiDocument } from "./document-api.ts";
import { attackTables } from "./document-attack.ts";
import { catalogueTables } from "./document-catalogues.ts";
import { compatibilityTables } from "./document-compatibility.ts";
import { configurationTables } from "./document-configuration.ts";
import { drillTables } from "./document-drill.ts";
import { healthTables } from "./document-health.ts";
import { machineTables } from "./document-machines.ts";
import { metricsTables } from "./document-metrics.ts";
import { outputsTables } from "./document-outputs.ts";
import { postureTables } from "./document-posture.ts";
import { responsesTables } from "./document-responses.ts";
import { rolesTable } from "./document-roles.ts";
import { rulesTables } from "./document-rules.ts";
import { sidekickTables } from "./document-sidekick.ts";
import { sourcesTables } from "./document-sources.ts";
import { talonTables } from "./document-talon.ts";
import { markedTables, replaceBetweenMarkers } from "./markers.ts";
import type { Write } from "./table.ts";

const home = join(import.meta.dirname, "..");

/** The generated tables, by the name in their markers. Any document can contain them. */
export const tables: Readonly<Record<string, Write>> = {
  ...apiTables,
  ...attackTables,
  ...catalogueTables,
  ...chartTables,
  ...compatibilityTables,
  ...configurationTables,
  ...drillTables,
  ...healthTables,
  ...machineTables,
  ...metricsTables,
  ...outputsTables,
  ...postureTables,
  ...responsesTables,
  ...rulesTables,
  ...sidekickTables,
  ...sourcesTables,
  ...talonTables,
};

/** A generated module, from which other files are generated. */
const ROLES = "src/field/roles-table.ts";

/** Completely generated files, by their path in the repository. */
export const files: Readonly<Record<string, Write>> = {
  ...chartFiles,
  ...dashboardFiles,
  "docs/openapi.json": openApiDocument,
  [ROLES]: rolesTable,
};

/** Returns the paths of the hand-written documents. */
export function documents(): string[] {
  return ["", "docs/"]
    .flatMap((folder) => readdirSync(join(home, folder)).map((name) => folder + name))
    .filter((path) => path.endsWith(".md") && !Object.hasOwn(files, path));
}

/** Returns the text of a file in the repository; empty if it does not exist. */
export function readDocument(path: string): string {
  try {
    return readFileSync(join(home, path), "utf8");
  } catch {
    return "";
  }
}

/** Returns a document with updated tables. Errors name the file and the marker. */
export async function updateDocument(path: string): Promise<string> {
  let text = readDocument(path);
  for (const name of markedTables(text, path)) {
    const write = Object.hasOwn(tables, name) ? tables[name] : undefined;
    if (write === undefined) throw new Error(`${path}: unknown generated table "${name}"`);
    text = replaceBetweenMarkers(text, name, await write(), path);
  }
  return text;
}

/** Returns the names of the tables that no document contains. */
export function unusedTables(): string[] {
  const placed = new Set(documents().flatMap((path) => markedTables(readDocument(path), path)));
  return Object.keys(tables).filter((name) => !placed.has(name));
}

/**
 * Writes a file of the repository. An unchanged file keeps its modification time, so that the bundle of the program
 * stays newer.
 * @returns whether it changed
 */
function updateFile(path: string, text: string): boolean {
  if (readDocument(path) === text) return false;
  writeFileSync(join(home, path), text);
  return true;
}

async function update(): Promise<void> {
  for (const [path, write] of Object.entries(files)) updateFile(path, await write());
  for (const path of documents()) updateFile(path, await updateDocument(path));
  for (const name of unusedTables()) {
    console.error(`No document contains the generated table "${name}": add <!-- generated: ${name} --> to one.`);
    process.exitCode = 1;
  }
}

if (import.meta.main) {
  // If the table of roles has changed, this process still uses the previous table.
  if (updateFile(ROLES, await rolesTable())) {
    const again = spawnSync(process.execPath, [...process.execArgv, import.meta.filename], { stdio: "inherit" });
    process.exitCode = again.status ?? 1;
  } else await update();
}
