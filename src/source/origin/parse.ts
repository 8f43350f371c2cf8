import type { OriginDescriptor, WrongOrigin } from "./descriptor.ts";
import { origins } from "./list.ts";

/** An origin of any kind. */
export type Origin = Exclude<ReturnType<(typeof origins)[number]["parse"]>, WrongOrigin>;

/** Parses a `from`. A string without a scheme is a path. */
export function parseOrigin(written: string): Origin | WrongOrigin {
  const text = written.trim();
  if (text === "") return { wrong: "it is empty" };
  const named = origins.find(({ words }) => words.includes(text));
  if (named !== undefined) return named.parse(text, text, "");
  if (text.includes("\0")) return { wrong: "it contains a NUL" };
  const scheme = /^([a-zA-Z][a-zA-Z0-9+-]*):/.exec(text)?.[1];
  if (scheme === undefined || text.startsWith("/") || text.startsWith("./")) return { kind: "file", path: text, text };
  const known = origins.find(({ schemes }) => schemes.includes(scheme.toLowerCase()));
  if (known === undefined) return { wrong: `"${scheme}:" is not a known scheme` };
  return known.parse(text.slice(scheme.length + 1), text, scheme.toLowerCase());
}

/** Returns the descriptor of an origin. */
export function originDescriptor({ kind }: Origin): OriginDescriptor {
  const found: OriginDescriptor | undefined = origins.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`no origin ${kind}`);
  return found;
}
