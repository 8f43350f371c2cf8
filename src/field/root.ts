import type { Machine } from "../machine/machine.ts";
import type { Thread } from "../machine/thread.ts";

/** Maximum number of processes that are searched. */
const GENERATIONS = 20;
/** Directories of programs. Only root can change links in these directories, and rules report such changes. */
const PROGRAMS = /^\/(?:usr\/)?s?bin\/[^/]+$/;

/**
 * The root directory of a process; `/` without chroot(2). If the call was not observed, as for processes that started
 * before the sensor, the root is derived from an exec: the kernel looked up `/usr/bin/dpkg`, and the executable is
 * `/srv/image/usr/bin/dpkg`.
 */
export function rootOf(machine: Machine, thread: Thread): string {
  let at: Thread | undefined = thread;
  for (let i = 0; i < GENERATIONS && at !== undefined; i++) {
    const root = at.root === "/" || at.root === "" ? rootOfExec(at) : at.root;
    if (root !== "") return root;
    at = machine.threads.get(at.ptid);
  }
  return "/";
}

/** The root directory, derived from the path of the executable; "" if it cannot be derived. */
function rootOfExec({ filename, exepath }: Thread): string {
  if (exepath.length <= filename.length || !exepath.endsWith(filename) || !PROGRAMS.test(filename)) return "";
  // /bin is a link to /usr/bin.
  return exepath.slice(0, -filename.length).replace(/\/usr$/, "");
}
