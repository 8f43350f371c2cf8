import type { Observed } from "./observed.ts";
import { joinPath } from "./path.ts";
import { fdTable, type Thread, workingDirectory } from "./thread.ts";

const MOST_LINKS = 8;
const LINK = /^\/proc\/(self|thread-self|\d+)(?:\/task\/\d+)?\/(root|cwd|fd\/(\d+))(?=\/)/;

/** Resolves leading `/proc` links in a path: `root`, `cwd` and `fd/N` of a process. */
export function withoutProcessLinks(event: Observed, thread: Thread, path: string): string {
  let rest = path;
  for (let i = 0; i < MOST_LINKS && rest.startsWith("/proc/"); i++) {
    const found = LINK.exec(rest);
    if (found === null) return rest;
    const [link, owner = "self", kind, number] = found;
    const of = owner.endsWith("self") ? thread : event.machine.threads.get(Number(owner));
    const directory = kind === "root" ? "" : directoryOf(of, number);
    if (directory === undefined) return rest;
    rest = joinPath("/", directory + rest.slice(link.length));
  }
  return rest;
}

function directoryOf(of: Thread | undefined, number: string | undefined): string | undefined {
  if (of === undefined) return undefined;
  const path = number === undefined ? workingDirectory(of) : fdTable(of)?.get(Number(number))?.name;
  return path?.startsWith("/") ? path : undefined; // pipes and sockets have no path
}
