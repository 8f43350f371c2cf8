import { isUnsearched } from "./columns.ts";
import { plainValue } from "./entry.ts";

/** What full text search finds an alert by: its rule, its message, and those values that the message doesn't have. */
export function searchText(rule: string, message: string, names: readonly string[], values: readonly string[]): string {
  let text = `${rule}\n${message}`;
  for (let i = 0; i < names.length; i++) {
    const value = values[i] === "null" || isUnsearched(names[i]) ? undefined : plainValue(values[i]);
    if (value !== undefined && !hasWhole(message, value)) text += `\n${value}`;
  }
  return text;
}

/** Whether a text has another one in it that neither begins nor ends within a word. */
function hasWhole(text: string, part: string): boolean {
  const at = text.indexOf(part);
  if (at < 0 || part === "") return at >= 0;
  const end = at + part.length;
  return !(isWord(text, at - 1) && isWord(text, at)) && !(isWord(text, end - 1) && isWord(text, end));
}

function isWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at); // NaN beyond either end
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code >= 128;
}

/** A text as full text search takes a phrase. */
export function phrase(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Whether there is anything in a text that full text search knows as a word. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
