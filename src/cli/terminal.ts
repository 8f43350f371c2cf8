import { styleText } from "node:util";
import type { Look, Tone } from "../workbench/explain/text.ts";

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  true: "green",
  false: "red",
  unasked: "gray",
  decided: ["bold", "yellow"],
  title: "bold",
};

/** Columns of what is no terminal. */
const WIDE = 100;

/** As wide as the terminal, and in colour where it has some and NO_COLOR is not set. */
export function terminalLook(macros: boolean): Look {
  return {
    width: process.stdout.columns ?? (Number(process.env.COLUMNS) || WIDE),
    macros,
    paint: (tone, text) => styleText(STYLES[tone], text, { stream: process.stdout }),
  };
}
