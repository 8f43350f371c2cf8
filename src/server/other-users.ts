import { readdirSync, readFileSync, statSync } from "node:fs";

/** The lowest user ID of login users, and the user ID of `nobody`. */
const FIRST_LOGIN = 1000;
const NOBODY = 65_534;
const NO_SHELL = /(?:^|\/)(?:nologin|false|sync|halt|shutdown)$/;

/**
 * Whether users other than the user of this process can reach the loopback addresses of this machine: users that can
 * log in, or users with a process. In a container, only the container is examined.
 * @param root the directory of `etc` and `proc`
 */
export function hasOtherUsers(root = "/", own = process.geteuid?.() ?? 0): boolean {
  return loginUsers(root).some((uid) => uid !== own) || processUsers(root).some((uid) => uid !== own);
}

function loginUsers(root: string): number[] {
  const users = [];
  for (const line of readText(`${root}/etc/passwd`).split("\n")) {
    const [, , uid = "", , , , shell = ""] = line.split(":");
    const id = uid === "" ? Number.NaN : Number(uid);
    if (id >= FIRST_LOGIN && id !== NOBODY && !NO_SHELL.test(shell.trim())) users.push(id);
  }
  return users;
}

/** The owners of processes, except processes that end in the meantime. */
function processUsers(root: string): number[] {
  return names(`${root}/proc`)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statSync(`${root}/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? []);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
