import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Directory of this program, with `package.json`, `rules/` and `samples/`. */
export const home = join(import.meta.dirname, "../..");

/** Version of this program, from `package.json`. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  return version;
}

/** Path of the sample capture; undefined if it does not exist. */
export function sample(): string | undefined {
  const folder = join(home, "samples");
  const name = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .find((each) => /\.scap(\.gz)?$/.test(each))
    : undefined;
  return name && join(folder, name);
}
