import { lstatSync } from "node:fs";
import { isAbsolute } from "node:path";
import { makeFolder } from "../../../journal/folder.ts";
import type { Parameter } from "../../action.ts";
import { textParameter } from "../../parameters.ts";

/**
 * Creates a directory with mode 0700, or checks an existing one.
 * @throws Error with a message for the user if it belongs to another user or is accessible to other users
 */
export function privateFolder(path: string): void {
  makeFolder(path);
  const { uid, mode } = lstatSync(path);
  if (uid !== process.getuid?.()) throw new Error(`${path} belongs to another user`);
  if ((mode & 0o077) !== 0) throw new Error(`${path} is accessible to other users: run chmod 700 on it`);
}

export function folderParameter(about: string): Parameter {
  const text = textParameter(about);
  return {
    ...text,
    takes: "an absolute path",
    check: (value) => (typeof text.check(value) === "string" && isAbsolute(String(value)) ? value : undefined),
  };
}
