import type { Json, JsonObject } from "../../event/document.ts";

/** Maximum number of elements and parameters per message. */
const MOST = 1000;

/**
 * Parses structured data (RFC 5424, 6.3).
 * @returns the parameters by element ID, with a list for each repeated parameter; and the end of the data, or `from` if
 * the data is invalid
 */
export function readStructured(text: string, from: number): { readonly sd?: JsonObject; readonly end: number } {
  if (text[from] === "-") return { end: from + 1 };
  const elements = new Map<string, JsonObject>();
  let at = from;
  while (text[at] === "[") {
    const element = readElement(text, at + 1);
    if (element === undefined || elements.size >= MOST) return { end: from };
    elements.set(element.id, element.parameters);
    at = element.end;
  }
  return at === from ? { end: from } : { sd: Object.fromEntries(elements), end: at };
}

const NAME = /[^ =\]"]{1,256}/y;
const VALUE = /"([^"\\\]]*(?:\\.[^"\\\]]*)*)"/sy;

function readElement(text: string, from: number) {
  const id = match(NAME, text, from);
  if (id === undefined) return undefined;
  const parameters = new Map<string, Json>();
  let at = from + id[0].length;
  for (let count = 0; text[at] === " "; count++) {
    const name = match(NAME, text, at + 1);
    if (name === undefined || count >= MOST) return undefined;
    at += 1 + name[0].length;
    if (text[at] !== "=") return undefined;
    const value = match(VALUE, text, at + 1);
    if (value === undefined) return undefined;
    at += 1 + value[0].length;
    add(parameters, name[0], (value[1] ?? "").replace(/\\(["\\\]])/g, "$1"));
  }
  return text[at] === "]" ? { id: id[0], parameters: Object.fromEntries(parameters), end: at + 1 } : undefined;
}

function add(parameters: Map<string, Json>, name: string, value: string): void {
  const before = parameters.get(name);
  if (before === undefined) parameters.set(name, value);
  else parameters.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
