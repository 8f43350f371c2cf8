import type { Observed } from "../machine/observed.ts";
import type { ProgramFacts } from "../machine/program.ts";
import { mainThread, type Thread } from "../machine/thread.ts";
import { type Field, FieldArgumentError, type Reader, type Scalar } from "./field.ts";
import { ancestor, someParent } from "./lineage.ts";
import { OPTIONAL, PLAIN, row, rowWith, wholeNumber } from "./row.ts";
import { isSystemProgram, systemName } from "./system-program.ts";

/** Reads a property of a thread's executable; undefined if unknown. */
type Read = (thread: Thread) => Scalar | undefined;

function own(read: Read): Reader {
  return ({ thread }) => (thread === undefined ? undefined : read(thread));
}

function parents(read: Read): Reader {
  return ({ machine, thread }) => {
    const parent = thread === undefined ? undefined : ancestor(machine, thread, 1);
    return parent === undefined ? undefined : read(parent);
  };
}

function generation(name: string, argument: string | undefined): number {
  if (argument === undefined) return -1;
  const number = wholeNumber(argument);
  if (number === undefined || number < 0)
    throw new FieldArgumentError(`${name} takes a number of generations, for example ${name}[2].`);
  return number;
}

/** The values of all ancestors, separated by spaces, beginning with the parent. */
function all(read: Read): Reader {
  return ({ machine, thread }) => {
    const main = thread === undefined ? undefined : mainThread(thread);
    if (main === undefined) return undefined;
    let text = "";
    someParent(machine, main, read, (one) => {
      text = text === "" ? String(one) : `${text} ${one}`;
      return false;
    });
    return text === "" ? undefined : text;
  };
}

function anyAncestor(read: Read) {
  return ({ machine, thread }: Observed, matches: (value: Scalar) => boolean): boolean => {
    const main = thread === undefined ? undefined : mainThread(thread);
    return main !== undefined && someParent<Scalar>(machine, main, read, matches);
  };
}

function ancestors(name: string, read: Read, what: string): Field {
  return rowWith(
    name,
    "CHARBUF",
    (argument) => {
      const steps = generation(name, argument);
      if (steps === -1) return all(read);
      return ({ machine, thread }) => {
        const found = thread === undefined ? undefined : ancestor(machine, thread, steps);
        return found === undefined ? undefined : read(found);
      };
    },
    `${what} of an ancestor: ${name}[1] for the parent, ${name}[2] for the grandparent, and so on; ` +
      "without a number, any ancestor in conditions and all ancestors in outputs.",
    {
      ...PLAIN,
      argument: OPTIONAL,
      any: (argument) => (generation(name, argument) === -1 ? anyAncestor(read) : undefined),
    },
  );
}

function fact<Name extends keyof ProgramFacts>(name: Name): (thread: Thread) => ProgramFacts[Name] | undefined {
  return (thread) => thread.program?.facts[name];
}

/** The package of the executable, if the package records this content. */
const packageOf: Read = ({ program }) => (program?.facts.isFromPackage === true ? program.facts.package : undefined);

const NAME = "The name of the program if its executable belongs to the system";
const PACKAGE = "The package installed on the machine that records the path and the content of the executable";

/** Fields about executables. In captures, they are <NA>, except the fields about system programs. */
export const identityFields: readonly Field[] = [
  row(
    "proc.is_exe_from_package",
    "BOOL",
    own(fact("isFromPackage")),
    "True if a package installed on the machine (dpkg, rpm, apk) owns the executable's path and records its " +
      "content; otherwise false. <NA> in containers, and until the executable and the package database have been " +
      "read.",
  ),
  row(
    "proc.is_exe_root_only",
    "BOOL",
    own(fact("isRootOnly")),
    "True if only root can write the executable and the directories above it. <NA> until the executable and the directories have been examined.",
  ),
  row(
    "proc.is_exe_system",
    "BOOL",
    own(isSystemProgram),
    "True if the executable is from a package, or, while the package is unknown, in a system directory such as " +
      "/usr/bin, not in an overlay's upper layer, and not writable by others.",
  ),
  row("proc.exe_package", "CHARBUF", own(packageOf), `${PACKAGE}.`),
  row("proc.pexe_package", "CHARBUF", parents(packageOf), "proc.exe_package of the parent."),
  ancestors("proc.aexe_package", packageOf, "proc.exe_package"),
  row(
    "proc.exe_sha256",
    "CHARBUF",
    own(fact("sha256")),
    "The SHA-256 of the executable in hexadecimal. <NA> until the hash is computed, and for files that are too large or no longer exist.",
    { ecs: { "process.hash.sha256": "text" } },
  ),
  row("proc.pexe_sha256", "CHARBUF", parents(fact("sha256")), "proc.exe_sha256 of the parent.", {
    ecs: { "process.parent.hash.sha256": "text" },
  }),
  ancestors("proc.aexe_sha256", fact("sha256"), "proc.exe_sha256"),
  row(
    "proc.system_name",
    "CHARBUF",
    own(systemName),
    `${NAME} (proc.is_exe_system): the last part of its path, at most 15 characters; for a script, the name of the script. ` +
      "Unlike proc.name, a process cannot choose this name.",
  ),
  row("proc.system_pname", "CHARBUF", parents(systemName), "proc.system_name of the parent."),
  ancestors("proc.system_aname", systemName, "proc.system_name"),
];
