import type { Keys } from "../src/setting/shape.ts";
import { markdownTable } from "./table.ts";

/** A key of the configuration as a row of a table. */
export interface KeyRow {
  readonly path: string;
  readonly takes: string;
  readonly fallback: string;
  readonly about: string;
}

/** Returns the keys that have an effect, each with its full path. */
export function keyRows(section: Keys, path: string): KeyRow[] {
  return Object.entries(section).flatMap(([name, key]): KeyRow[] => {
    if (key.kind === "later") return [];
    if (key.kind === "leaf")
      return [
        { path: path + name, takes: key.takes, fallback: printDefault(key.shown ?? key.fallback), about: key.about },
      ];
    return keyRows(key.keys, `${path}${name}.${key.kind === "named" ? "NAME." : ""}`);
  });
}

function printDefault(value: unknown): string {
  const text: string | undefined = typeof value === "string" ? value : JSON.stringify(value);
  return text === undefined || text === "" || text === "[]" || text === "{}" ? "" : `\`${text}\``;
}

/** Formats keys as a Markdown table. */
export function keyTable(rows: readonly KeyRow[]): string {
  return markdownTable(
    ["key", "value", "default", ""],
    rows.map(({ path, takes, fallback, about }) => [`\`${path}\``, takes, fallback, about]),
  );
}
