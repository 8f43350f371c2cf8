import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Samples } from "./dependencies.ts";

/** The captures in a directory. Requested names are looked up in a fixed list and are never used as file paths. */
export function openSamples(folder: string): Samples {
  const names = (): string[] =>
    statSync(folder, { throwIfNoEntry: false }) === undefined
      ? []
      : readdirSync(folder)
          .filter((name) => /\.scap(\.gz)?$/.test(name))
          .sort();
  return {
    list: () => names().map((name) => ({ name, bytes: statSync(join(folder, name)).size })),
    read(name) {
      const found = names().find((one) => one === name);
      return found === undefined ? undefined : readFileSync(join(folder, found));
    },
  };
}
