// Writes the documents that follow from tables in the code: `npm run docs`. A test holds that they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { render } from "../src/cli/catalogue.ts";
import { eventCatalogue } from "../src/cli/event-catalogue.ts";
import { fieldCatalogue } from "../src/cli/field-catalogue.ts";
import { keys } from "../src/config/keys.ts";
import type { Key, Keys } from "../src/setting/shape.ts";
import { apiDocument, openApiDocument } from "./document-api.ts";
import { leaves, table } from "./document-keys.ts";
import { metricsDocument } from "./document-metrics.ts";
import { outputsDocument } from "./document-outputs.ts";
import { responsesDocument } from "./document-responses.ts";
import { rolesTable } from "./document-roles.ts";
import { sourcesDocument } from "./document-sources.ts";

const folder = join(import.meta.dirname, "../docs");
const note = "<!-- Written by `npm run docs`: change the table in the code instead. -->\n\n";

/** What is generated: its path from `docs/` and text. */
export const documents: Readonly<Record<string, () => string | Promise<string>>> = {
  "api.md": () => apiDocument(note),
  "configuration.md": configuration,
  "events.md": () =>
    `# Events\n\n${note}What rules can ask for with \`evt.type\`, and what \`evt.arg.<name>\` gives. The same list: \`eyas events\`.\n\n${render(eventCatalogue(), { format: "markdown" }, 0)}`,
  "fields.md": async () =>
    `# Fields\n\n${note}What conditions and outputs can name. The same list: \`eyas fields\`.\n\n${render(await fieldCatalogue(), { format: "markdown" }, 0)}`,
  "metrics.md": () => metricsDocument(note),
  "openapi.json": openApiDocument,
  "outputs.md": () => outputsDocument(note),
  "responses.md": () => responsesDocument(note),
  "sources.md": () => sourcesDocument(note),
  "../src/field/roles-table.ts": rolesTable,
};

function configuration(): string {
  const { outputs, sources, ...others } = keys;
  const waiting = later(others, "").map(({ path, about, inner }) => `- \`${path}\`${inner}: ${about}\n`);
  return `# Configuration

${note}\`eyas run -c FILE\` reads a YAML file with the keys of an existing \`falco.yaml\`. Every key is optional.
\`-o key=value\` sets a key from the command line, after the file: dots lead into a key (\`engine.kind=replay\`), \`[n]\` to
an entry of a list, \`[]\` to a new one (\`rules[].disable.tag=network\`), and a backslash takes the meaning from a dot or a
bracket. \`\${NAME}\` in a value stands for a variable of the environment, \`$\${NAME}\` for itself.

A value of the wrong kind stops the program with the line and what the key takes; an unknown key is a warning.

The keys of \`outputs\` are in [outputs.md](outputs.md): ${outputs.about} Those of \`sources\` are in [sources.md](sources.md): ${sources.about}

${table(leaves(others, ""))}
## Accepted, without effect yet

So that an existing file can be used as it is, these are read and checked too. Whoever sets one to something that it would
not be anyway is told that it has no effect yet.

${waiting.join("")}`;
}

function later(section: Keys, path: string): { path: string; about: string; inner: string }[] {
  return Object.entries(section).flatMap(([name, key]) => {
    if (key.kind === "section") return later(key.keys, `${path}${name}.`);
    return key.kind === "later" ? [{ path: path + name, about: key.about, inner: innerNames(key.shape) }] : [];
  });
}

function innerNames(shape: Key): string {
  return shape.kind === "section"
    ? ` (${Object.keys(shape.keys)
        .map((name) => `\`${name}\``)
        .join(", ")})`
    : "";
}

/** What is written at present; empty where there is nothing. */
export function present(name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return "";
  }
}

if (import.meta.main)
  for (const [name, write] of Object.entries(documents)) writeFileSync(join(folder, name), await write());
