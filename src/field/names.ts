import type { Thread } from "../machine/thread.ts";
import type { FieldClass } from "./catalogue.ts";
import { row } from "./row.ts";
import { baseName, lastPart } from "./system-program.ts";

/** proc.name, and the name of the executable if it differs. A script is known only by its own name. */
function namesOf(thread: Thread): readonly string[] {
  const { comm, exepath } = thread;
  const file = baseName(exepath);
  return file === comm || file === "" || isScript(thread) ? [comm] : [comm, file];
}

/**
 * Whether the executable is the interpreter of a script: the kernel then passes it the path of the script, after the
 * option or the program that the first line of the script contains. Old captures do not have that path.
 */
function isScript({ comm, filename, args: [first = "", second] }: Thread): boolean {
  if (filename === "") return comm !== "" && lastPart(first).startsWith(comm);
  return first === filename || second === filename;
}

/** The field with all names of a program. A program that was started through a symbolic link has two. */
export const namesClass: FieldClass = {
  name: "process",
  description: "Names of the program",
  fields: [
    row(
      "proc.names",
      "CHARBUF",
      ({ thread }) => (thread === undefined ? undefined : namesOf(thread)),
      "proc.name, and the last part of proc.exepath (at most 15 characters) if it differs, as for a program that was " +
        "started through a symbolic link. Scripts have only the first name.",
      { list: true, testsMembers: true },
    ),
  ],
};
