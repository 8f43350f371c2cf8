import { FdKind } from "../event/snapshot.ts";
import { isFile } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { NO_PATH, type Path } from "../machine/path.ts";
import type { Thread } from "../machine/thread.ts";
import type { FieldClass } from "./catalogue.ts";
import { descriptorOf, directory, fileName } from "./fd.ts";
import type { Field } from "./field.ts";
import { own, parents } from "./proc.ts";
import { realNameFields } from "./real-names.ts";
import { rootOf } from "./root.ts";
import { row } from "./row.ts";

/** The real path of the event's file that the sensor reported; `NO_PATH` if no rule watches the file. */
function reported(event: Observed): Path | undefined {
  return descriptorOf(event)?.real;
}

function realPath(event: Observed): string | undefined {
  const path = reported(event);
  if (path === undefined) return fileName(event);
  return path === NO_PATH ? undefined : path.text;
}

function realDirectory(event: Observed): string | undefined {
  const path = reported(event);
  if (path === undefined) return directory(event);
  if (path === NO_PATH) return undefined;
  return descriptorOf(event)?.kind === FdKind.directory ? path.text : path.directory;
}

function realName(event: Observed): string | undefined {
  const fd = descriptorOf(event);
  const path = fd?.real ?? fd?.path;
  if (fd === undefined || path === undefined || path === NO_PATH || !isFile(fd)) return undefined;
  return path.lastPart;
}

function lastPart(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < path.length - 1 ? path.slice(slash + 1) : path;
}

const executable = (thread: Thread) => thread.realExepath ?? thread.exepath;
const executableName = (thread: Thread) => lastPart(executable(thread));
const rootDirectory = ({ machine, thread }: Observed) => (thread === undefined ? undefined : rootOf(machine, thread));

const FALLBACK = "if the sensor has not reported the path, for example in captures that other programs recorded";

const fdRealFields: readonly Field[] = [
  row(
    "fd.real.path",
    "CHARBUF",
    realPath,
    "The path, as resolved by the kernel, of a file that rules watch, independent of the links, mounts, directories or root that the " +
      `program used. Absent for a file that no rule watches; fd.name ${FALLBACK}.`,
    { watches: "path" },
  ),
  row("fd.real.directory", "CHARBUF", realDirectory, `The directory of fd.real.path; fd.directory ${FALLBACK}.`, {
    watches: "directory",
  }),
  row("fd.real.filename", "CHARBUF", realName, `The last part of fd.real.path; fd.filename ${FALLBACK}.`, {
    watches: "filename",
  }),
];

const processRealFields: readonly Field[] = [
  row(
    "proc.real.exepath",
    "CHARBUF",
    own(executable),
    `The path of the program's file in its file system, independent of the mounts of the process; proc.exepath ${FALLBACK}.`,
  ),
  row(
    "proc.real.exename",
    "CHARBUF",
    own(executableName),
    "The last part of proc.real.exepath. Processes cannot change this name.",
  ),
  row("proc.real.pexepath", "CHARBUF", parents(executable), "proc.real.exepath of the parent."),
  row("proc.real.pexename", "CHARBUF", parents(executableName), "proc.real.exename of the parent."),
  row(
    "proc.root",
    "CHARBUF",
    rootDirectory,
    "The root directory of the process: / unless the process or an ancestor called chroot.",
  ),
];

/** Fields for the paths of files and programs as resolved by the kernel. */
export const realPathClasses: readonly FieldClass[] = [
  { name: "fs.path", description: "Created and removed names", fields: realNameFields },
  { name: "fd", description: "Resolved path of the file", fields: fdRealFields },
  { name: "process", description: "Resolved path of the program", fields: processRealFields },
];
