import { shown } from "../text.ts";
import { TransportError } from "./error.ts";

/** Whether a string is an http or https URL without a user, a password or a fragment. */
export function isWebAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, hash } = new URL(text);
  return username === "" && password === "" && hash === "";
}

/**
 * Appends path segments and query parameters to a URL. Segments are escaped, so that each remains one segment.
 * @throws TransportError if a string cannot be a segment
 */
export function below(address: string, segments: readonly string[], query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(address);
  url.pathname = [url.pathname.replace(/\/+$/, ""), ...segments.map(segmentOf)].join("/");
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** Maximum length of a segment in characters. Many servers do not accept longer ones. */
const LONGEST = 1024;

function segmentOf(text: string): string {
  // Servers and proxies interpret `.` and `..` as the current or parent directory, even when escaped.
  const usable = text !== "" && text !== "." && text !== ".." && text.isWellFormed() && !text.includes("\0");
  if (!usable || text.length > LONGEST) throw new TransportError(`${shown(text)} is not a valid path segment`);
  return encodeURIComponent(text);
}
