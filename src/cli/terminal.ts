import { painted } from "../telemetry/print.ts";
import type { TextStyle, Tone } from "../workbench/explain/text.ts";

const STYLES: Readonly<Record<Tone, Parameters<typeof painted>[0]>> = {
  true: "green",
  false: "red",
  skipped: "gray",
  decided: ["bold", "yellow"],
  title: "bold",
};

/** Minimum width of text in columns, for narrow terminals. */
const NARROW = 40;

/** Width of text in columns if the width of the terminal is unknown. */
const WIDE = 100;

/** Returns the width and colors of the terminal. Without colors if NO_COLOR is set. */
export function terminalStyle(macros: boolean): TextStyle {
  return {
    width: Math.max(NARROW, process.stdout.columns || Number(process.env.COLUMNS) || WIDE),
    macros,
    paint: (tone, text) => painted(STYLES[tone], text),
  };
}
