import type { InternalEvent } from "../../../alert/internal.ts";
import { fromByteString } from "../../../event/bytes.ts";
import { commandLine } from "../../../field/line.ts";
import type { Thread } from "../../../machine/thread.ts";

/** Maximum length of a command line in an alert, in characters. */
const MAX_LINE = 1024;

/** The fields of an alert about the agent that identify a process. */
export function processFields(thread: Thread): InternalEvent["fields"] {
  return {
    "proc.name": fromByteString(thread.comm),
    "proc.pid": thread.pid,
    "proc.exepath": fromByteString(thread.exepath),
    "proc.cmdline": fromByteString(commandLine(thread)).slice(0, MAX_LINE),
    "user.uid": thread.uid,
    "container.id": fromByteString(thread.containerId) || "host",
  };
}
