import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of this program: where `package.json`, `rules/` and `samples/` are. */
export const home = join(import.meta.dirname, "../..");

/** Its version, as in `package.json`. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  return version;
}
