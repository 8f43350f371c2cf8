// Shortens a recording of a workload for the tests: of the same calls of a program, the first ones remain.
//   node bench/benign/shorten.ts FROM.scap.gz TO.scap.gz [KILOBYTES]
import { statSync } from "node:fs";
import { CaptureWriter } from "../../src/capture/writer.ts";
import { EventCode } from "../../src/event/code.ts";
import { Event } from "../../src/event/event.ts";
import { eventTypes } from "../../src/event/types.ts";
import { createOutput } from "../../src/source/capture/output.ts";
import { openCapture } from "../../src/source/capture/source.ts";

/** Events without meaning for the default rules. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  "close fcntl prlimit getsockopt recvmsg recvfrom recv sendmsg sendto send read write pread pwrite readv writev".split(
    " ",
  ),
);
/** Events that make processes and programs; all remain. */
const PROCESS: ReadonlySet<string> = new Set(["clone", "clone3", "fork", "vfork", "execve", "execveat", "procexit"]);
/** Calls with the same text and program that remain, and calls without a text. */
const SAME = 1;
const SAME_WITHOUT_TEXT = 20;
/** Events between two looks at the size. */
const STRIDE = 256;

const [from = "", to = "", kilobytes = "290"] = process.argv.slice(2);
const source = openCapture(from);
const output = createOutput(to, true);
const writer = new CaptureWriter(output);
const event = new Event();
const programs = new Map<number, string>();
const seen = new Map<string, number>();
source.snapshot(writer);
while (source.next(event)) {
  const type = eventTypes[event.type];
  if (type === undefined || LEFT_OUT.has(type.name)) continue;
  if (!PROCESS.has(type.name)) {
    const text = textOf();
    const key = `${event.type} ${programs.get(event.tid) ?? ""} ${text.replace(/\d+/g, "N")}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count > (text === "" ? SAME_WITHOUT_TEXT : SAME)) continue;
  } else if (type.name.startsWith("exec") && event.i64(0) === 0) programs.set(event.tid, event.text(1));
  else if (type.name !== "procexit" && event.i64(0) === 0)
    programs.set(event.tid, programs.get(event.i64(5)) ?? programs.get(event.i64(4)) ?? "");
  writer.event(event);
  if (event.type === EventCode.PROCEXIT_1_E) programs.delete(event.tid);
  if (writer.count % STRIDE !== 0) continue;
  writer.flush();
  if (statSync(to).size > Number(kilobytes) * 1000) break;
}
source.close();
writer.flush();
output.close();
process.stdout.write(`${writer.count} events, ${statSync(to).size} bytes\n`);

/** Paths and other texts among the parameters. */
function textOf(): string {
  const { params } = eventTypes[event.type] ?? { params: [] };
  return params
    .map(({ type }, i) =>
      /PATH|CHARBUF|SOCKADDR|FLAGS|MODE/.test(String(type)) && event.length(i) > 0 ? event.raw(i) : "",
    )
    .join(" ")
    .trim();
}
