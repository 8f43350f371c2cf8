import { flag } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const systemLog = describeOutput({
  name: "syslog",
  section: "syslog_output",
  about: "Sends alerts to the system log.",
  keys: { enabled: flag(false, "Enable the output.") },
  enabledBy: "enabled",
  async open(_, { line }) {
    const { syslogOutput } = await import("./system-log/output.ts");
    return syslogOutput(line);
  },
});
