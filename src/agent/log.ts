import type { Config } from "../config/load.ts";
import { openSyslog } from "../output/receiver/system-log/output.ts";
import { type Log, type LogSink, levels, openLog } from "../telemetry/log.ts";
import type { Component } from "./component.ts";
import type { Loaded } from "./load/load.ts";
import { standardErrorSink } from "./standard-error.ts";

/** Shared by all configurations, since lines can wait in it. */
let standardError: LogSink | undefined;

/** The log of the program. */
export function logFor(config: Config): Log {
  const sinks: LogSink[] = [];
  if (config.log_stderr) {
    standardError ??= standardErrorSink();
    sinks.push(standardError);
  }
  if (config.log_syslog) {
    const syslog = openSyslog();
    sinks.push((level, sentence) => void syslog.send(levels.indexOf(level), sentence));
  }
  return openLog(config.log_level, sinks);
}

/** The agent's log, reconfigured at each reload. */
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
