import { PathTableBuilder, type PathTableData } from "./path-table.ts";
import { type Root, TooLarge } from "./root.ts";

const FILES = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] as const;

/** Files that change when the database changes. */
export const apkMarkers: readonly string[] = FILES;

/**
 * Reads the apk database (Alpine, Wolfi). `P:` is a package, `F:` a directory, `R:` a file, and `Z:` the checksum of
 * the file: `Q1` and the SHA-1 in base64.
 * @throws TooLarge
 */
export function readApk(root: Root, seed: number): PathTableData {
  const table = new PathTableBuilder("sha1", seed);
  let owner = -1;
  let folder = "";
  let path: string | undefined;
  const take = (line: string): void => {
    const value = line.slice(2);
    switch (line.slice(0, 2)) {
      case "P:":
        owner = table.package(value);
        folder = "";
        path = undefined;
        return;
      case "F:":
        folder = value;
        path = undefined;
        return;
      case "R:":
        path = owner < 0 ? undefined : root.canonical(folder === "" ? `/${value}` : `/${folder}/${value}`);
        if (path !== undefined) table.add(path, owner);
        if (table.size > root.limits.paths) throw new TooLarge(`the database has more than ${root.limits.paths} paths`);
        return;
      case "Z:":
        if (path !== undefined && value.startsWith("Q1"))
          table.checksum(path, owner, Buffer.from(value.slice(2), "base64"));
    }
  };
  for (const file of FILES) if (root.lines(file, take)) break;
  return table.build();
}
