import { isatty } from "node:tty";
import { differs, flag } from "../../setting/shape.ts";
import { forTerminal } from "../colored.ts";
import { describeOutput } from "../descriptor.ts";
import { codeOf, delivered, type Line, type Output, reasonOf } from "../output.ts";
import { writeWhole } from "../transport/write.ts";

export const stdout = describeOutput({
  name: "stdout",
  section: "stdout_output",
  about: "Sends alerts to standard output.",
  keys: { enabled: differs("The default is true.", flag(true, "Enable the output.")) },
  enabledBy: "enabled",
  open: (_, { shown }) => stdoutOutput(shown),
});

/** Writes alerts to standard output or another descriptor, one per line, with one write per batch. */
export function stdoutOutput(line: Line, fd = 1): Output {
  const shown = isatty(fd) ? forTerminal(line) : line;
  return {
    name: "stdout",
    async deliver(batch) {
      let text = "";
      for (const alert of batch) text += `${shown(alert)}\n`;
      try {
        await writeWhole(fd, text);
        return delivered;
      } catch (error) {
        const reason = codeOf(error) === "EPIPE" ? "standard output is closed" : reasonOf(error);
        return { outcome: "rejected", reason };
      }
    },
    reopen() {},
    async close() {},
  };
}
