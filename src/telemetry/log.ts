import type { LogLine } from "./log-lines.ts";
import { visibleLines } from "./visible.ts";

/** Log levels as in the configuration; the index is the severity of syslog. */
export const levels = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** A destination of log lines. */
export type LogSink = (level: Level, message: string) => void;

/** Logs a line. */
export type Log = (word: LogLine) => void;

/** A log that writes lines of level `least` or more severe to all sinks. */
export function openLog(least: Level, sinks: readonly LogSink[]): Log {
  const limit = levels.indexOf(least);
  return ({ level, message }) => {
    if (levels.indexOf(level) > limit) return;
    const shown = withoutControls(message);
    for (const sink of sinks) sink(level, shown);
  };
}

/**
 * Escapes control characters and indents further lines: texts of servers, files and rules must not control a terminal
 * or imitate log lines.
 */
function withoutControls(message: string): string {
  return visibleLines(message).replace(/\n(?=.)/g, "\n    ");
}

/** Formats a line. File: time, level, message. Terminal: the message, with the level for warnings and above. */
export function formatLine(level: Level, message: string, now: Date, terminal: boolean): string {
  if (!terminal) return `${now.toISOString()} ${level}: ${message}\n`;
  return levels.indexOf(level) <= levels.indexOf("warning") ? `${level}: ${message}\n` : `${message}\n`;
}

/** Writes log lines to standard error. */
export const stderrSink: LogSink = (level, message) => {
  process.stderr.write(formatLine(level, message, new Date(), process.stderr.isTTY === true));
};
