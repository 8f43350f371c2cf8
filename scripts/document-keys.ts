// Keys of the configuration as rows of a document's table.
import type { Keys } from "../src/setting/shape.ts";

export interface Row {
  readonly path: string;
  readonly takes: string;
  readonly fallback: string;
  readonly about: string;
}

/** The keys that have an effect, each with its whole path. */
export function leaves(section: Keys, path: string): Row[] {
  return Object.entries(section).flatMap(([name, key]): Row[] => {
    if (key.kind === "later") return [];
    if (key.kind === "leaf")
      return [
        { path: path + name, takes: key.takes, fallback: printDefault(key.shown ?? key.fallback), about: key.about },
      ];
    return leaves(key.keys, `${path}${name}.${key.kind === "named" ? "NAME." : ""}`);
  });
}

function printDefault(value: unknown): string {
  const text: string | undefined = typeof value === "string" ? value : JSON.stringify(value);
  return text === undefined || text === "" || text === "[]" || text === "{}" ? "" : `\`${text}\``;
}

/** Rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ path, takes, fallback, about }) =>
      `| \`${path}\` | ${takes} | ${fallback} | ${about.replaceAll("|", "\\|")} |\n`,
  );
  return `| key | takes | default | |\n| --- | --- | --- | --- |\n${lines.join("")}`;
}
