import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename } from "node:path";

const SHELLS = ["/bin/dash", "/usr/bin/dash", "/bin/bash", "/usr/bin/bash"];
const BASH = ["/bin/bash", "/usr/bin/bash"];
const SERVICE_USERS = ["daemon", "nobody", "bin", "www-data", "games"];

/** Path of a shell that behaves the same under every name; undefined if there is none. */
export function findShell(): string | undefined {
  return SHELLS.find((path) => existsSync(path) && ["dash", "bash"].includes(basename(realpathSync(path))));
}

/** Path of bash; undefined if there is none. */
export function findBash(): string | undefined {
  return BASH.find((path) => existsSync(path));
}

/** Finds a service account, which cannot log in. */
export function findServiceUser(): { readonly name: string; readonly uid: number } | undefined {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of SERVICE_USERS) {
    const uid = Number(users.find((fields) => fields[0] === name)?.[2] ?? 0);
    if (uid > 0) return { name, uid };
  }
  return undefined;
}

/** Whether programs can run from a directory: it exists and its file system is mounted without noexec. */
export function mayRunFrom(folder: string, mountinfo: string): boolean {
  if (!existsSync(folder)) return false;
  let nearest = "";
  let allowed = true;
  for (const line of mountinfo.split("\n")) {
    const [, , , , where = "", options = ""] = line.split(" ");
    const contains = where !== "" && (`${folder}/`.startsWith(`${where}/`) || where === "/");
    // If there are two mounts at a path, the later one is visible.
    if (!contains || where.length < nearest.length) continue;
    nearest = where;
    allowed = !options.split(",").includes("noexec");
  }
  return allowed;
}
