import { Failure } from "./failure.ts";

/** `1 event`, `12,345 events`. */
export function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

/** The number that an option has. */
export function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Failure(`${option} takes a number above 0, not "${text}".`);
  return value;
}
