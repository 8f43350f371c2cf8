import type { Word } from "./said.ts";

/** Severities of the program's own words, as the configuration spells them; the index is the system log's number. */
export const levels = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"] as const;
export type Level = (typeof levels)[number];

/** Takes one sentence of the program about itself. */
export type LogSink = (level: Level, sentence: string) => void;

/** What the program says of itself. */
export type Log = (word: Word) => void;

/** A log that hands everything at least as severe as `least` to all sinks. */
export function openLog(least: Level, sinks: readonly LogSink[]): Log {
  const limit = levels.indexOf(least);
  return ({ level, sentence }) => {
    if (levels.indexOf(level) > limit) return;
    const shown = harmless(sentence);
    for (const sink of sinks) sink(level, shown);
  };
}

/** Servers, files and rules have a say in some sentences: no terminal obeys them, and no line of theirs looks like one of ours. */
function harmless(sentence: string): string {
  return sentence.replace(/[^\P{Cc}\n\t]|[\u2028\u2029]/gu, "\ufffd").replace(/\n(?=.)/g, "\n    ");
}

/** For a file or a journal: time, level, sentence. For a terminal: the sentence, and the level where it is not good news. */
export function logLine(level: Level, sentence: string, now: Date, terminal: boolean): string {
  if (!terminal) return `${now.toISOString()} ${level}: ${sentence}\n`;
  return levels.indexOf(level) <= levels.indexOf("warning") ? `${level}: ${sentence}\n` : `${sentence}\n`;
}

/** Writes to standard error. */
export const stderrSink: LogSink = (level, sentence) => {
  process.stderr.write(logLine(level, sentence, new Date(), process.stderr.isTTY === true));
};
