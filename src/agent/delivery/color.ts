import { styleText } from "node:util";
import type { Alert } from "../../alert/alert.ts";
import { coloredText, styles } from "../../output/colored.ts";
import { asText, type Line } from "../../output/output.ts";
import { laidOutLine } from "../../output/terminal/layout.ts";
import { widthOf } from "../../output/terminal/width.ts";
import { painted } from "../../telemetry/print.ts";

/**
 * Whether standard output is colored: by default, if standard output is a terminal with colors. NO_COLOR and
 * FORCE_COLOR override the default.
 */
export function hasColors(): boolean {
  return styleText("red", "x", { stream: process.stdout }) !== "x";
}

/** Colors text by priority, if standard output is colored. */
export function inPriorityColor(priority: Alert["priority"], text: string): string {
  return painted(styles[priority], text);
}

/**
 * Returns the function that formats alerts for standard output.
 * @param layout whether alerts are laid out if standard output is a terminal with colors
 */
export function shownLine(layout = false): Line {
  return (layout ? layoutLine() : undefined) ?? (hasColors() ? coloredText : asText);
}

/** Returns the function that lays out alerts; undefined if standard output is not a terminal with colors. */
export function layoutLine(): Line | undefined {
  const columns = hasColors() ? terminalColumns() : undefined;
  return columns && laidOutLine(() => Atomics.load(columns, 0));
}

/** Width of a terminal whose size is unknown, such as a serial console. */
const USUAL_COLUMNS = 80;

let shared: Int32Array | undefined;

/**
 * The current width of the terminal at standard output, which workers can read; undefined if standard output is not a
 * terminal.
 */
export function terminalColumns(): Int32Array | undefined {
  if (!process.stdout.isTTY) return undefined;
  if (shared !== undefined) return shared;
  const columns = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const measure = (): void => void Atomics.store(columns, 0, widthOf(process.stdout) ?? USUAL_COLUMNS);
  measure();
  process.stdout.on("resize", measure);
  shared = columns;
  return columns;
}
