import { readFileSync } from "node:fs";
import { TransportError } from "./http/error.ts";

/** Control and format characters, and line and paragraph separators. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Quotes a string for an error message, shortened and on one line. */
export function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short.toWellFormed()).replaceAll(HIDDEN, "\u{fffd}");
}

/** The beginning of untrusted text, on one line and without control characters. */
export function excerpt(text: string, most = 300): string {
  const line = text
    .slice(0, most * 4)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim();
  return line.length > most ? `${line.slice(0, most).toWellFormed()}…` : line;
}

/** Minimum length of a secret to replace. Shorter secrets may occur in any text by chance. */
const SHORTEST_SECRET = 4;

/** Replaces secrets in a string with asterisks. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let left = text;
  for (const secret of secrets) if (secret.length >= SHORTEST_SECRET) left = left.replaceAll(secret, "***");
  return left;
}

/**
 * Reads a secret from a file.
 * @throws TransportError if the file cannot be read or is empty
 */
export function readSecret(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch {
    throw new TransportError(`cannot read ${file}`);
  }
  if (text === "") throw new TransportError(`${file} is empty`);
  return text;
}
