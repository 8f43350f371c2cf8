import { styleText } from "node:util";
import type { TopClient } from "../../agent/top/client.ts";
import { type TopView, viewOf } from "../../agent/top/rates.ts";
import { writeAll } from "../../output/transport/write.ts";
import { shown } from "../../telemetry/print.ts";
import { type FrameLine, frameOf } from "./frame.ts";
import { afterKey, firstState, keysIn, type ScreenState } from "./keys.ts";
import { type TableName, usualTable } from "./tables.ts";

export interface ScreenOptions {
  readonly client: TopClient;
  /** Time between updates, in milliseconds. */
  readonly interval: number;
  /** The first table; undefined: see {@link usualTable}. */
  readonly table: TableName | undefined;
}

/**
 * Control sequences of xterm that switch to the alternate screen without a cursor, and back to the original screen with
 * a cursor.
 */
const [ENTER, LEAVE] = ["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"];
const HOME = "\u001b[H";
/**
 * Control sequences that erase the line or the screen from the cursor on. They must precede the text, since they would
 * erase a character in the last column.
 */
const [ERASE_LINE, ERASE_SCREEN] = ["\u001b[K", "\u001b[J"];

/** Maximum time until the first update, in milliseconds. */
const FIRST = 1000;

/** Signals that end the program, with their numbers. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

const STYLES = { title: "bold", hint: "gray" } as const;

/**
 * Fills the terminal with updates until the user quits. The terminal is restored on quit, signals and errors.
 * @throws Failure if the agent stops
 */
export async function openScreen({ client, interval, table }: ScreenOptions): Promise<void> {
  const { stdin, stdout } = process;
  const ended = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  let view: TopView | undefined;
  let state: ScreenState | undefined;
  let isEntered = false;

  function enter(): void {
    isEntered = true;
    if (stdin.isTTY) stdin.setRawMode(true);
    writeAll(1, ENTER);
  }

  function leave(): void {
    if (!isEntered) return;
    isEntered = false;
    if (stdin.isTTY) stdin.setRawMode(false);
    writeAll(1, LEAVE);
  }

  function draw(): void {
    if (!isEntered) return;
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    if (view === undefined || state === undefined) {
      writeAll(1, `${HOME}${ERASE_SCREEN}Measuring …`);
      return;
    }
    const { lines, scroll } = frameOf(view, state, size);
    state = { ...state, scroll };
    writeAll(1, `${HOME}${lines.map((line) => `${ERASE_LINE}${lineText(line)}`).join("\r\n")}`);
  }

  function press(input: string): void {
    for (const key of keysIn(input)) {
      const effect = afterKey(state ?? firstState(table ?? "processes"), key);
      if (effect === "quit") {
        ended.resolve();
        return;
      }
      if (effect === "suspend") suspend();
      else if (effect !== "redraw" && state !== undefined) state = effect;
    }
    draw();
  }

  function suspend(): void {
    leave();
    process.once("SIGCONT", () => {
      enter();
      draw();
    });
    process.kill(process.pid, "SIGTSTP");
  }

  async function update(): Promise<void> {
    let before = await client.report();
    for (let wait = Math.min(FIRST, interval); ; wait = interval) {
      await new Promise((resolve) => {
        timer = setTimeout(resolve, wait);
      });
      const now = await client.report();
      view = viewOf(before, now);
      before = now;
      state ??= firstState(table ?? usualTable(view));
      draw();
    }
  }

  const guarded =
    <Args extends readonly unknown[]>(work: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        work(...args);
      } catch (error) {
        ended.reject(error);
      }
    };
  const onKeys = guarded((input: string) => press(input));
  const onResize = guarded(draw);
  const onSignal = (_: NodeJS.Signals, number: number): void => {
    process.exitCode = 128 + number;
    ended.resolve();
  };
  try {
    process.on("exit", leave);
    for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.on(name, onSignal);
    enter();
    draw();
    stdout.on("resize", onResize);
    if (stdin.isTTY) stdin.setEncoding("utf8").on("data", onKeys);
    update().catch(ended.reject);
    await ended.promise;
  } finally {
    clearTimeout(timer);
    leave();
    stdout.off("resize", onResize);
    for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.off(name, onSignal);
    process.off("exit", leave);
    stdin.off("data", onKeys).pause();
  }
}

function lineText({ text, style }: FrameLine): string {
  // Although the cells are already escaped, escaping again protects the terminal from untrusted text.
  const escaped = shown(text);
  return style === undefined ? escaped : styleText(STYLES[style], escaped, { stream: process.stdout });
}
