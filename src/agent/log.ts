import type { Config } from "../config/load.ts";
import { openSyslog, type Syslog } from "../output/receiver/system-log/output.ts";
import { type Log, type LogSink, levels, openLog } from "../telemetry/log.ts";
import type { Component } from "./component.ts";
import type { Loaded } from "./load/load.ts";
import { standardErrorSink } from "./standard-error.ts";

/** The sink for standard error. Stays open across reloads, since it buffers lines. */
let standardError: LogSink | undefined;

/** The connection to the system log. Stays open across reloads, since each connection needs a file descriptor. */
let systemLog: Syslog | undefined;

/** Opens the log of the program with the configured sinks. */
export function logFor(config: Config): Log {
  const sinks: LogSink[] = [];
  if (config.log_stderr) {
    standardError ??= standardErrorSink();
    sinks.push(standardError);
  }
  if (config.log_syslog) {
    systemLog ??= openSyslog();
    const syslog = systemLog;
    sinks.push((level, sentence) => void syslog.send(levels.indexOf(level), sentence));
  }
  return openLog(config.log_level, sinks);
}

/** The log of the agent, to which each reload applies the new configuration. */
export interface AgentLog extends Component {
  readonly log: Log;
}

export function openAgentLog(first: Config): AgentLog {
  let current = logFor(first);
  return {
    log: (word) => current(word),
    apply({ config }: Pick<Loaded, "config">) {
      current = logFor(config);
    },
    close() {},
  };
}
