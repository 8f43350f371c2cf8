import { painted } from "../telemetry/print.ts";
import type { TextStyle, Tone } from "../workbench/explain/text.ts";

const STYLES: Readonly<Record<Tone, Parameters<typeof painted>[0]>> = {
  true: "green",
  false: "red",
  skipped: "gray",
  decided: ["bold", "yellow"],
  title: "bold",
};

/** Minimum width of text in columns, since a terminal may report 0. */
const NARROW = 40;

/** Width of text in columns if standard output is not a terminal. */
const WIDE = 100;

/** Width and colors of the terminal; no colors if NO_COLOR is set. */
export function terminalStyle(macros: boolean): TextStyle {
  return {
    width: Math.max(NARROW, process.stdout.columns || Number(process.env.COLUMNS) || WIDE),
    macros,
    paint: (tone, text) => painted(STYLES[tone], text),
  };
}
