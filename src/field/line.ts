import { environment, type Thread } from "../machine/thread.ts";

/** Strings joined from an argument vector. Threads share the vector with their parents until they call exec. */
interface Lines {
  readonly args: string;
  /** Process name in `commandLine`. */
  comm: string | undefined;
  commandLine: string;
  exe: string | undefined;
  exeLine: string;
}

const lines = new WeakMap<readonly string[], Lines>();

function linesOf(args: readonly string[]): Lines {
  let known = lines.get(args);
  if (known === undefined) {
    known = { args: args.join(" "), comm: undefined, commandLine: "", exe: undefined, exeLine: "" };
    lines.set(args, known);
  }
  return known;
}

/** The arguments except the first, separated by spaces. */
export function argumentsText(thread: Thread): string {
  return linesOf(thread.args).args;
}

/** The name of the process and its arguments. */
export function commandLine(thread: Thread): string {
  const known = linesOf(thread.args);
  if (known.comm !== thread.comm) {
    known.comm = thread.comm;
    known.commandLine = thread.args.length === 0 ? thread.comm : `${thread.comm} ${known.args}`;
  }
  return known.commandLine;
}

/**
 * The first argument (argv[0]) and all other arguments. A space follows the first argument even if it is the only one.
 */
export function exeLine(thread: Thread): string {
  const known = linesOf(thread.args);
  if (known.exe !== thread.exe) {
    known.exe = thread.exe;
    known.exeLine = `${thread.exe} ${known.args}`;
  }
  return known.exeLine;
}

const environments = new WeakMap<readonly string[], string>();

/** The environment of the thread's process: `NAME=value` strings, separated by spaces. */
export function environmentText(thread: Thread): string {
  const entries = environment(thread);
  let text = environments.get(entries);
  if (text === undefined) {
    text = entries.join(" ");
    environments.set(entries, text);
  }
  return text;
}
