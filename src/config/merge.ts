import { ConfigError, type Mapping } from "../setting/tree.ts";

/** Strategy for merging a file in `config_files` with existing keys. */
export const strategies = ["append", "override", "add-only"] as const;
export type Strategy = (typeof strategies)[number];

/**
 * Merges the top-level keys of an included file: `append` appends to lists and replaces all other values, `override`
 * replaces all values, `add-only` keeps existing values.
 * @throws ConfigError if the included file itself includes files
 */
export function merge(into: Mapping, included: Mapping, strategy: Strategy): void {
  for (const [key, entry] of included.entries) {
    if (key === "config_files")
      throw new ConfigError("An included file cannot include others with config_files", entry.place);
    const present = into.entries.get(key);
    if (present === undefined) into.entries.set(key, entry);
    else if (strategy === "add-only") continue;
    else if (strategy === "append" && entry.value.kind === "list" && present.value.kind === "list")
      for (const item of entry.value.items) present.value.items.push(item);
    else into.entries.set(key, entry);
  }
}
