import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/**
 * Options of a script, with their defaults. An option has the type of its default. Numbers must not be negative.
 * Options with a list can be repeated.
 */
type Defaults = Readonly<Record<string, number | string | boolean | readonly string[]>>;

type Values<T extends Defaults> = {
  readonly [K in keyof T]: T[K] extends number
    ? number
    : T[K] extends boolean
      ? boolean
      : T[K] extends string
        ? string
        : readonly string[];
};

/**
 * Returns the options of the command line. With `--help`, prints the comment at the top of the script, and exits. Exits
 * with an error if an option is unknown or a number is invalid.
 * @param script path of the script
 */
export function scriptOptions<T extends Defaults>(script: string, defaults: T): Values<T> {
  try {
    const values = read(defaults);
    if (values !== undefined) return values;
    console.log(firstComment(readFileSync(script, "utf8")));
    process.exit();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nRun with --help for the options.`);
    process.exit(1);
  }
}

/** @returns undefined if help is requested @throws if an option is invalid */
function read<T extends Defaults>(defaults: T): Values<T> | undefined {
  const options = Object.entries(defaults).map(
    ([name, value]) =>
      [
        name,
        { type: typeof value === "boolean" ? "boolean" : "string", multiple: Array.isArray(value) } as const,
      ] as const,
  );
  const { values } = parseArgs({ options: { ...Object.fromEntries(options), help: { type: "boolean", short: "h" } } });
  if (values.help === true) return undefined;
  const given: Readonly<Record<string, unknown>> = values;
  const entries = Object.entries(defaults).map(([name, value]) => {
    const text = given[name];
    if (text === undefined) return [name, value];
    if (typeof value !== "number") return [name, text];
    if (typeof text !== "string" || !/^\d+(\.\d+)?$/.test(text))
      throw new Error(`--${name} must be a number, not "${String(text)}".`);
    return [name, Number(text)];
  });
  return Object.fromEntries(entries) as Values<T>;
}

/** Returns the comment at the top of a source without its markers. */
function firstComment(source: string): string {
  const [comment = ""] = /^(?:\/\/.*\n)+/.exec(source) ?? [];
  return comment.replaceAll(/^\/\/ ?/gm, "").trimEnd();
}
