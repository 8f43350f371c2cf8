import { flag, text } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const program = describeOutput({
  name: "program",
  section: "program_output",
  about: "Sends alerts to the standard input of a program.",
  keys: {
    enabled: flag(false, "Enable the output."),
    keep_alive: flag(
      false,
      "Keep the program running between alerts; otherwise it runs once per alert. Send SIGUSR1 to Eyas to restart it.",
    ),
    program: text("", "Command line that the shell runs."),
  },
  enabledBy: "enabled",
  check: ({ program }) => (program === "" ? "program_output.enabled requires program_output.program" : undefined),
  async open({ program, keep_alive: keepAlive }, { line }) {
    return (await import("./program/output.ts")).programOutput(line, { program, keepAlive });
  },
});
