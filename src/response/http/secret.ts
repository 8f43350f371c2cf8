import { readFileSync } from "node:fs";
import type { ActionRequest, Parameter } from "../action.ts";
import { textIn, textParameter } from "../parameters.ts";
import { Trouble } from "./trouble.ts";

/**
 * The two parameters of a secret: `name` holds it, `name_file` says which file does. `${NAME}` in the first is the
 * environment's.
 */
export function secretParameters<const N extends string>(
  name: N,
  about: string,
): Readonly<Record<N | `${N}_file`, Parameter>> {
  const both = {
    [name]: { ...textParameter(about), secret: true },
    [`${name}_file`]: textParameter(`A file that holds it, in place of \`${name}\`. It is read each time.`),
  };
  // Both names are there: the keys are written above.
  return both as Record<N | `${N}_file`, Parameter>;
}

/**
 * The secret that {@link secretParameters} were given, "" for none. A file is read at each call, so one that was renewed counts.
 * @throws Trouble where the file can't be read, or has nothing in it
 */
export function secretIn(given: ActionRequest["parameters"], name: string): string {
  const file = textIn(given, `${name}_file`);
  return file === "" ? textIn(given, name) : secretOf(file);
}

/** @throws Trouble */
export function secretOf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch {
    throw new Trouble(`${file} can't be read`);
  }
  if (text === "") throw new Trouble(`${file} has nothing in it`);
  return text;
}
