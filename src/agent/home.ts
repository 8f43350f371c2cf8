import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of this program: where `package.json`, `rules/` and `samples/` are. */
export const home = join(import.meta.dirname, "../..");

/** Its version, as in `package.json`. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  return version;
}

/** The recording that comes with the program, if one does. */
export function sample(): string | undefined {
  const folder = join(home, "samples");
  const name = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .find((each) => /\.scap(\.gz)?$/.test(each))
    : undefined;
  return name && join(folder, name);
}
