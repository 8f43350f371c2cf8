import type { Parameter } from "../action.ts";
import { Trouble } from "./trouble.ts";

/** An address that begins with https:// or http://. It has no user or password in it: addresses are shown. */
export function addressParameter(about: string, options: { fallback?: string; required?: true } = {}): Parameter {
  return {
    about,
    takes: "a web address (https://… or http://…) without a user in it",
    ...options,
    check: (value) => (typeof value === "string" && isAddress(value) ? value : undefined),
  };
}

function isAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, hash } = new URL(text);
  return username === "" && password === "" && hash === "";
}

/**
 * A path below an address. Each segment is data: whatever it holds, it stays one segment.
 * @throws Trouble where a segment can't be one
 */
export function below(address: string, segments: readonly string[], query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(address);
  url.pathname = [url.pathname.replace(/\/+$/, ""), ...segments.map(segmentOf)].join("/");
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** Longer ones no server takes. */
const LONGEST = 1024;

function segmentOf(text: string): string {
  // A server, or whatever stands before it, reads these as the way up, however they are written.
  const usable = text !== "" && text !== "." && text !== ".." && text.isWellFormed() && !text.includes("\0");
  if (!usable || text.length > LONGEST) throw new Trouble(`${shown(text)} can't be a part of an address`);
  return encodeURIComponent(text);
}

/** A text as a sentence may hold it: short, and without anything that leaves its line. */
export function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short.toWellFormed()).replaceAll(HIDDEN, "\u{fffd}");
}

/** Characters that are not seen, or change what is seen around them. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** The beginning of what a server says, in one line; "" where it says nothing. */
export function excerpt(text: string, most = 300): string {
  const line = text
    .slice(0, most * 4)
    .toWellFormed()
    .replaceAll(HIDDEN, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
