import { keys } from "../src/config/keys.ts";
import type { Key, Keys } from "../src/setting/shape.ts";
import { keyRows, keyTable } from "./document-keys.ts";
import { markdownTable, type Write } from "./table.ts";

// Outputs and sources have their own documents.
const { outputs: _outputs, sources: _sources, ...documented } = keys;

/** The tables of docs/configuration.md. */
export const configurationTables: Readonly<Record<string, Write>> = {
  "configuration-keys": () => keyTable(keyRows(documented, "")),
  "configuration-without-effect": () =>
    markdownTable(["key", "nested keys", "meaning in Falco", "here"], withoutEffect(documented, "")),
};

function withoutEffect(section: Keys, path: string): string[][] {
  return Object.entries(section).flatMap(([name, key]): string[][] => {
    if (key.kind === "section") return withoutEffect(key.keys, `${path}${name}.`);
    return key.kind === "later"
      ? [[`\`${path}${name}\``, innerNames(key.shape), key.about, key.instead ?? "not yet"]]
      : [];
  });
}

function innerNames(shape: Key): string {
  if (shape.kind !== "section") return "";
  return Object.keys(shape.keys)
    .map((name) => `\`${name}\``)
    .join(", ");
}
