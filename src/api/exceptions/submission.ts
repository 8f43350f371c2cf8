import { entriesIn, isException } from "./entries.ts";
import { hasMetadata } from "./metadata.ts";

/** The message for a text that contains items other than exceptions. */
export const ONLY_EXCEPTIONS =
  "Only exceptions can be appended: items with rule, exceptions and override: {exceptions: append}.";

/**
 * Splits the YAML of a user into its exceptions, each with the comments directly above it. Line breaks become `\n`.
 * @throws Error with a message for the user if the text contains anything else
 */
export async function splitSubmission(yaml: string): Promise<readonly string[]> {
  const text = yaml.replace(/\r\n?/g, "\n");
  if (hasMetadata(text)) throw new Error('Comments that begin with "eyas-exception" are reserved.');
  if (/^(?:---|\.\.\.|%)/m.test(text)) throw new Error("Document markers (---) and directives (%) are not allowed.");
  const { entries, others } = await entriesIn(text);
  if (entries.length === 0 || others > 0 || !entries.every(({ node }) => isException(node)))
    throw new Error(ONLY_EXCEPTIONS);
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, fixed } of entries) {
    if (fixed !== undefined) throw new Error('Each exception must begin with "- " at the start of a line.');
    const lines = text.slice(at, start).split("\n");
    const first = lines.findLastIndex((line, i) => i < lines.length - 1 && !line.startsWith("#")) + 1;
    checkGap(lines.slice(0, first).join("\n"));
    parts.push(lines.slice(first).join("\n") + text.slice(start, end));
    at = end;
  }
  checkGap(text.slice(at));
  return parts;
}

function checkGap(gap: string): void {
  if (gap.trim() !== "") throw new Error("Comments must be directly above an exception, or between its lines.");
}
