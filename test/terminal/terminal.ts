// Runs a program in a pseudo-terminal, for tests of its interactive input and output.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs in a terminal. Needs the part `python3`. */
export interface TestTerminal {
  /** Everything that the program has written, with escape sequences and `\r\n`. */
  readonly output: string;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  signal(name: NodeJS.Signals): void;
  /** Whether the terminal is in canonical mode with echo, as a shell expects. */
  isCanonical(): Promise<boolean>;
  /** Waits until the output after position `from` contains a match. */
  until(pattern: RegExp, from?: number): Promise<void>;
  /** The exit status, or 128 plus the signal, and whether the terminal was then in canonical mode. */
  readonly ended: Promise<{ readonly status: number; readonly isCanonical: boolean }>;
}

export function openTerminal(
  words: readonly string[],
  { columns = 80, rows = 24, env = {} }: TerminalOptions = {},
): TestTerminal {
  const child = spawn(
    "python3",
    [join(import.meta.dirname, "in-terminal.py"), String(rows), String(columns), ...words],
    {
      env: { ...withoutColors(process.env), TERM: "xterm-256color", ...env },
      stdio: "pipe",
    },
  );
  let output = "";
  let said = "";
  let isEnded = false;
  let news = Promise.withResolvers<void>();
  const announce = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    announce();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    announce();
  });
  child.stdin.on("error", () => {}); // the program has ended
  const ended = once(child, "close").then(([code]) => {
    isEnded = true;
    announce();
    return { status: Number(code), isCanonical: modeIn(said) };
  });
  const send = (command: unknown): void => void child.stdin.write(`${JSON.stringify(command)}\n`);
  async function until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (isEnded) throw new Error(`The program has ended:\n${output}${said}`);
      await news.promise;
    }
  }
  return {
    get output() {
      return output;
    },
    type: (keys) => send({ keys }),
    resize: (columns, rows) => send({ size: [rows, columns] }),
    signal: (name) => send({ signal: name }),
    async isCanonical() {
      said = "";
      send({ mode: true });
      await until(() => said.includes("mode "));
      return modeIn(said);
    },
    until: (pattern, from = 0) => until(() => pattern.test(output.slice(from))),
    ended,
  };
}

const MODE = /^mode (canonical|raw)$/gm;

/** Whether the last reported mode is canonical. */
function modeIn(text: string): boolean {
  return [...text.matchAll(MODE)].at(-1)?.[1] === "canonical";
}

/** Variables with which Node.js does not detect the colors of a terminal by its type. */
const COLORS: ReadonlySet<string> = new Set([
  "NO_COLOR",
  "NODE_DISABLE_COLORS",
  "FORCE_COLOR",
  "COLORTERM",
  "CI",
  "TF_BUILD",
  "TEAMCITY_VERSION",
]);

function withoutColors(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !COLORS.has(name)));
}
