import type { LogLine } from "./log-lines.ts";
import { visibleLines } from "./visible.ts";

/** Log levels of the configuration. The index is the syslog severity. */
export const levels = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** A destination of log lines. */
export type LogSink = (level: Level, message: string) => void;

/** A function that logs a line. */
export type Log = (word: LogLine) => void;

/** Opens a log that writes lines with level `least` or a more severe level to all sinks. */
export function openLog(least: Level, sinks: readonly LogSink[]): Log {
  const limit = levels.indexOf(least);
  return ({ level, message }) => {
    if (levels.indexOf(level) > limit) return;
    const shown = withoutControls(message);
    for (const sink of sinks) sink(level, shown);
  };
}

/**
 * Escapes control characters and indents all lines after the first, so that untrusted strings cannot control a terminal
 * or imitate log lines.
 */
function withoutControls(message: string): string {
  return visibleLines(message).replace(/\n(?=.)/g, "\n    ");
}

/**
 * Formats a line. In files: time, level and message. On terminals: the message, with the level for warnings and more
 * severe levels.
 */
export function formatLine(level: Level, message: string, now: Date, terminal: boolean): string {
  if (!terminal) return `${now.toISOString()} ${level}: ${message}\n`;
  return levels.indexOf(level) <= levels.indexOf("warning") ? `${level}: ${message}\n` : `${message}\n`;
}
