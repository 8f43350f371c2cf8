import { ConfigError, type Mapping } from "../setting/tree.ts";

/** What a file named in `config_files` does to keys that are there already. */
export const strategies = ["append", "override", "add-only"] as const;
export type Strategy = (typeof strategies)[number];

/**
 * Merges an included file into what is there, key by top-level key: `append` lengthens lists and replaces the rest,
 * `override` replaces, `add-only` leaves what is there.
 * @throws ConfigError where the included file includes others
 */
export function merge(into: Mapping, included: Mapping, strategy: Strategy): void {
  for (const [key, entry] of included.entries) {
    if (key === "config_files")
      throw new ConfigError("An included file can't include others with config_files", entry.place);
    const present = into.entries.get(key);
    if (present === undefined) into.entries.set(key, entry);
    else if (strategy === "add-only") continue;
    else if (strategy === "append" && entry.value.kind === "list" && present.value.kind === "list")
      present.value.items.push(...entry.value.items);
    else into.entries.set(key, entry);
  }
}
