import { PathTableBuilder, type PathTableData } from "./path-table.ts";
import { type Root, TooLarge } from "./root.ts";

const FOLDER = "/var/lib/dpkg";
const INFO = `${FOLDER}/info`;

/** Files and directories that change when the database changes. */
export const dpkgMarkers: readonly string[] = [INFO, `${FOLDER}/status`, `${FOLDER}/diversions`];

/** A diversion: the new path for files of other packages, and the package that diverts them. */
interface Diversion {
  readonly to: string;
  readonly by: string;
}

/**
 * Reads the dpkg database (Debian, Ubuntu).
 * @throws TooLarge
 */
export function readDpkg(root: Root, seed: number): PathTableData {
  const table = new PathTableBuilder("md5", seed);
  const diversions = readDiversions(root);
  const owners = new Map<string, number>();
  const place = (path: string, name: string): string | undefined => {
    const diversion = diversions.get(path);
    return root.canonical(diversion !== undefined && diversion.by !== name ? diversion.to : path);
  };
  for (const file of root.names(INFO)) {
    if (!file.endsWith(".list")) continue;
    const entry = file.slice(0, -".list".length);
    const [name = ""] = entry.split(":");
    const owner = table.package(name);
    owners.set(name, owner);
    root.lines(`${INFO}/${file}`, (line) => {
      const path = place(line, name);
      if (path === undefined) return;
      table.add(path, owner);
      if (table.size > root.limits.paths) throw new TooLarge(`the database has more than ${root.limits.paths} paths`);
    });
    root.lines(`${INFO}/${entry}.md5sums`, (line) => {
      const path = line.length > 34 ? place(`/${line.slice(34)}`, name) : undefined;
      if (path !== undefined) table.checksum(path, owner, Buffer.from(line.slice(0, 32), "hex"));
    });
  }
  readConfigurationFiles(root, table, owners);
  readAlternatives(root, table);
  return table.build();
}

/** Each diversion has three lines: the path, the new path, and the package that diverts (`:` for the administrator). */
function readDiversions(root: Root): Map<string, Diversion> {
  const diversions = new Map<string, Diversion>();
  const lines: string[] = [];
  root.lines(`${FOLDER}/diversions`, (line) => {
    if (lines.push(line) < 3) return;
    const [from = "", to = "", by = ""] = lines.splice(0);
    diversions.set(from, { to, by });
  });
  return diversions;
}

/** Adds the checksums of configuration files from the status file, which has lines of the form ` /etc/NAME MD5`. */
function readConfigurationFiles(root: Root, table: PathTableBuilder, owners: ReadonlyMap<string, number>): void {
  let owner: number | undefined;
  let inList = false;
  root.lines(`${FOLDER}/status`, (line) => {
    if (line.startsWith("Package: ")) owner = owners.get(line.slice(9));
    inList = line === "Conffiles:" || (inList && line.startsWith(" "));
    if (!inList || owner === undefined || !line.startsWith(" ")) return;
    const [, path = "", md5 = ""] = line.split(" ");
    const canonical = root.canonical(path);
    if (canonical !== undefined) table.checksum(canonical, owner, Buffer.from(md5, "hex"));
  });
}

/**
 * Adds links of update-alternatives. A file starts with lines for the status, the link, and pairs of a name and a link;
 * an empty line ends the pairs.
 */
function readAlternatives(root: Root, table: PathTableBuilder): void {
  const folder = `${FOLDER}/alternatives`;
  const owner = table.package("dpkg");
  const add = (path: string): void => {
    const canonical = root.canonical(path);
    if (canonical !== undefined) table.add(canonical, owner, true);
  };
  for (const name of root.names(folder)) {
    add(`/etc/alternatives/${name}`);
    let number = 0;
    let done = false;
    root.lines(`${folder}/${name}`, (line) => {
      number++;
      if (done || line === "") done = true;
      else if (number === 2 || (number > 2 && number % 2 === 0)) add(line);
      else if (number > 2) add(`/etc/alternatives/${line}`);
    });
  }
}
