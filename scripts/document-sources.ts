import { sources } from "../src/config/sources.ts";
import type { DocumentSource } from "../src/source/descriptor.ts";
import { sourceKeys } from "../src/source/keys.ts";
import { origins } from "../src/source/origin/list.ts";
import { documentSources, namedSources } from "../src/source/sources.ts";
import { keyRows, keyTable } from "./document-keys.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

const all: readonly DocumentSource[] = [...documentSources, ...namedSources];

/** The tables of docs/sources.md. */
export const sourcesTables: Readonly<Record<string, Write>> = {
  sources: () =>
    markdownTable(
      ["source", "", "default origin of `--source`"],
      all.map(({ name, about, usualOrigin }) => [
        `[\`${name}\`](#${anchor(name)})`,
        about,
        usualOrigin === undefined ? "" : `\`${usualOrigin}\``,
      ]),
    ),
  "source-origins": () => origins.map(({ form }) => `- ${form}\n`).join(""),
  "sources-each": () => all.map(section).join("\n"),
  "source-keys": () => keyTable(keyRows(sourceKeys, "sources.NAME.")),
  "source-files-keys": () => keyTable(keyRows({ positions: sources.positions }, "sources.")),
};

function section({ name, kind, about, keys, example, notes }: DocumentSource): string {
  const body = example.split("\n").map((line) => `    ${line}\n`);
  const own = Object.fromEntries(Object.entries(keys).filter(([key]) => !Object.hasOwn(sourceKeys, key)));
  const rows = keyRows(own, `sources.${name}.${kind === "named" ? "NAME." : ""}`);
  return `### ${name}

${about}

\`\`\`yaml
sources:
  ${name}:
${body.join("")}\`\`\`

${notes}
${rows.length === 0 ? "" : `\n${keyTable(rows)}`}`;
}
