import type { LogLine } from "./log-lines.ts";

/** Levels of log lines, as the configuration spells them; the index is the severity of syslog. */
export const levels = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** Writes a log line somewhere. */
export type LogSink = (level: Level, message: string) => void;

/** Logs a line. */
export type Log = (word: LogLine) => void;

/** A log that writes lines at least as severe as `least` to all sinks. */
export function openLog(least: Level, sinks: readonly LogSink[]): Log {
  const limit = levels.indexOf(least);
  return ({ level, message }) => {
    if (levels.indexOf(level) > limit) return;
    const shown = withoutControls(message);
    for (const sink of sinks) sink(level, shown);
  };
}

/**
 * Without control characters: lines contain texts of servers, files and rules, which must neither steer a terminal nor look like
 * another log line.
 */
function withoutControls(message: string): string {
  return message.replace(/[^\P{Cc}\n\t]|[\u2028\u2029]/gu, "\ufffd").replace(/\n(?=.)/g, "\n    ");
}

/** For a file: time, level, message. For a terminal: the message, and the level from warnings on. */
export function formatLine(level: Level, message: string, now: Date, terminal: boolean): string {
  if (!terminal) return `${now.toISOString()} ${level}: ${message}\n`;
  return levels.indexOf(level) <= levels.indexOf("warning") ? `${level}: ${message}\n` : `${message}\n`;
}

/** Writes to standard error. */
export const stderrSink: LogSink = (level, message) => {
  process.stderr.write(formatLine(level, message, new Date(), process.stderr.isTTY === true));
};
