import type { Config } from "../config/load.ts";
import { openSyslog } from "../output/syslog.ts";
import { type Log, type LogSink, levels, openLog, stderrSink } from "../telemetry/log.ts";

/** The log of the program's own words, as the configuration wants it. */
export function openOwnLog(config: Config): Log {
  const sinks: LogSink[] = [];
  if (config.log_stderr) sinks.push(stderrSink);
  if (config.log_syslog) {
    const syslog = openSyslog();
    sinks.push((level, sentence) => void syslog.send(levels.indexOf(level), sentence));
  }
  return openLog(config.log_level, sinks);
}
