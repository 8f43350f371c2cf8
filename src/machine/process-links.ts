import type { Observed } from "./observed.ts";
import { joinPath } from "./path.ts";
import { fdTable, type Thread, workingDirectory } from "./thread.ts";

const MOST_LINKS = 8;
const LINK = /^\/proc\/(self|thread-self|\d+)(?:\/task\/\d+)?\/(root|cwd|fd\/(\d+))(?=\/)/;

/** A path without the links of /proc to the root, the working directory and the descriptors of a process. */
export function withoutProcessLinks(event: Observed, thread: Thread, path: string): string {
  let rest = path;
  for (let i = 0; i < MOST_LINKS; i++) {
    const next = followProcessLink(event, thread, rest);
    if (next === undefined) break;
    rest = joinPath("/", next.path);
  }
  return rest;
}

/** A path after a link of /proc: not cleaned, and in the root of another process if `owner` is set. */
interface Followed {
  readonly path: string;
  readonly owner: Thread | undefined;
}

/** Follows the link of /proc with which a path begins. Undefined if it begins with none, or one that is unknown. */
export function followProcessLink(event: Observed, thread: Thread, path: string): Followed | undefined {
  const found = path.startsWith("/proc/") ? LINK.exec(path) : null;
  if (found === null) return undefined;
  const [link, owner = "self", kind, number] = found;
  const of = owner.endsWith("self") ? thread : event.machine.threads.get(Number(owner));
  const directory = kind === "root" ? "" : directoryOf(of, number);
  return directory === undefined ? undefined : { path: directory + path.slice(link.length), owner: of };
}

function directoryOf(of: Thread | undefined, number: string | undefined): string | undefined {
  if (of === undefined) return undefined;
  return number === undefined ? workingDirectory(of) : fdTable(of)?.get(Number(number))?.name;
}
