import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { parseYaml } from "../../rule/parse-yaml.ts";
import { lookUp, type YamlMapping, type YamlNode, type YamlProblem } from "../../rule/yaml.ts";
import { type ExceptionMetadata, hasMetadata, metadataIn } from "./metadata.ts";

/** An exception in the exceptions file. Offsets are in characters of the file's text. */
export interface ExceptionEntry {
  /** The ID in the metadata. An exception without metadata has an ID that is derived from its text. */
  readonly id: string;
  /** Digest of the text with its metadata. A change is rejected if its digest differs. */
  readonly version: string;
  /** Line number of the exception, starting at 1. */
  readonly line: number;
  readonly rule: string;
  /** Start of the metadata, or of the exception if it has no metadata. */
  readonly start: number;
  /** End of the exception, without the line break. */
  readonly end: number;
  /** Text of the exception with its metadata, and without its metadata. */
  readonly text: string;
  readonly yaml: string;
  readonly metadata: ExceptionMetadata | undefined;
  readonly node: YamlMapping;
  /** Reason why the page cannot change the exception; undefined if the page can change the exception. */
  readonly fixed: string | undefined;
  /** Problem with the metadata; undefined if the metadata is valid or missing. */
  readonly problem: string | undefined;
}

/** The exceptions in a file, in the order of the file. */
export interface ExceptionEntries {
  readonly text: string;
  readonly entries: readonly ExceptionEntry[];
  /** Number of other items, such as macros. */
  readonly others: number;
}

const NOT_SEPARATE = "The exception is not a separate item of the file, so it can only be changed in the file.";
const MORE_PARTS = "The item also has other parts of a rule, so it can only be changed in the file.";

const INVALID =
  "The comment eyas-exception above the exception is not valid, so the exception has no owner and does not expire. Set its expiry here, or correct the comment.";

/** Number of exceptions that are parsed without a pause. */
const PARSED_AT_ONCE = 20;

/** Maximum length of an exceptions file, in characters. The length is limited because parsing delays the sensor. */
export const MAX_LENGTH = 256 << 10;

/**
 * Finds the exceptions in a rule file.
 * @param file path of the file, for error messages; undefined for text that a user submitted
 * @throws Error with a message for the user if the file is not valid YAML, or longer than {@link MAX_LENGTH}
 */
export async function entriesIn(text: string, file?: string): Promise<ExceptionEntries> {
  if (text.length > MAX_LENGTH)
    throw new Error(`An exceptions file that the web UI lists and changes can have at most ${MAX_LENGTH >> 10} KiB.`);
  const parsed = await parseYaml(text);
  if ("problems" in parsed) throw invalidYaml(text, parsed.problems[0], file);
  const items = parsed.documents.flatMap((document) => (document?.kind === "sequence" ? document.items : []));
  const entries: ExceptionEntry[] = [];
  const ids = new Set<string>();
  const lineOf = lineCounter(text);
  let before = 0; // end of the previous item
  for (const [i, item] of items.entries()) {
    const next = items[i + 1];
    const last = Math.max(item.start, lastOffset(item));
    const boundary = next === undefined ? text.length : (dashOf(text, next.start, last) ?? next.start);
    const dash = dashOf(text, item.start, before);
    const end = contentEnd(text, dash ?? item.start, boundary, last);
    if (isListed(item)) {
      if (entries.length % PARSED_AT_ONCE === PARSED_AT_ONCE - 1) await setImmediate(); // lets events be evaluated
      const found = dash === undefined ? undefined : metadataAbove(text, dash, before);
      const yaml = text.slice(found?.end ?? dash ?? item.start, end);
      const start = found?.start ?? dash ?? item.start;
      const isSeparate = dash !== undefined && (await isWhole(yaml, item));
      entries.push({
        ...{ id: unique(found?.metadata.id, yaml, ids), version: digestOf(text.slice(start, end)) },
        text: text.slice(start, end),
        ...{ line: lineOf(dash ?? item.start), rule: textIn(item, "rule"), start, end, yaml },
        ...{ metadata: found?.metadata, node: item },
        problem:
          dash !== undefined && found === undefined && hasMetadataAbove(text, dash, before) ? INVALID : undefined,
        fixed: isSeparate ? (isException(item) ? undefined : MORE_PARTS) : NOT_SEPARATE,
      });
    }
    before = end;
  }
  return { text, entries, others: items.length - entries.length };
}

/**
 * The first and last line of an exception, including the comments directly above it, and the text of these lines. Line
 * numbers start at 1.
 */
export function linesOf({ line, yaml }: ExceptionEntry): {
  readonly first: number;
  readonly last: number;
  readonly yaml: string;
} {
  // The line of an exception is the line of its dash.
  const comments = yaml.slice(0, Math.max(0, yaml.search(/^-/m))).split("\n").length - 1;
  const first = line - comments;
  return { first, last: first + yaml.split("\n").length - 1, yaml };
}

/** A digest of a text, to detect changes. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** Whether an item only adds exceptions to a rule. Other parts of an item could override the rule. */
export function isException(item: YamlNode): boolean {
  if (item.kind !== "mapping") return false;
  if (!item.entries.every(({ key }) => key.kind === "scalar" && KEYS.has(key.text))) return false;
  const override = lookUp(item, "override");
  const appends = override?.kind === "mapping" ? lookUp(override, "exceptions") : undefined;
  return (
    isListed(item) &&
    override?.kind === "mapping" &&
    override.entries.length === 1 &&
    appends?.kind === "scalar" &&
    appends.text === "append"
  );
}

const KEYS: ReadonlySet<string> = new Set(["rule", "exceptions", "override", "source"]);

function isListed(item: YamlNode): item is YamlMapping {
  return (
    item.kind === "mapping" &&
    lookUp(item, "rule")?.kind === "scalar" &&
    lookUp(item, "exceptions")?.kind === "sequence"
  );
}

function textIn(item: YamlMapping, key: string): string {
  const node = lookUp(item, key);
  return node?.kind === "scalar" ? node.text : "";
}

/**
 * The ID of an exception. If an exception was copied together with its metadata, the ID of the copy is derived from its
 * text.
 */
function unique(stated: string | undefined, yaml: string, ids: Set<string>): string {
  const derived = `text-${digestOf(yaml).slice(0, 16)}`;
  let id = stated === undefined || ids.has(stated) ? derived : stated;
  for (let i = 2; ids.has(id); i++) id = `${derived}-${i}`;
  ids.add(id);
  return id;
}

/** Offset of the line with the dash of an item; undefined if no line from `least` on starts with the dash. */
function dashOf(text: string, at: number, least: number): number | undefined {
  let line = lineStart(text, at);
  for (;;) {
    if (line < least) return undefined;
    if (/^-(?=[ \t\r\n])/.test(text.slice(line, line + 2))) return line;
    if (line === 0) return undefined;
    line = lineStart(text, line - 1);
  }
}

/** Start of the line that contains an offset. */
function lineStart(text: string, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

/** End of the last scalar of a node. */
function lastOffset(node: YamlNode): number {
  if (node.kind === "scalar") return node.end;
  const members = node.kind === "sequence" ? node.items : node.entries.flatMap(({ key, value }) => [key, value]);
  return members.reduce((last, member) => Math.max(last, lastOffset(member)), node.start);
}

/** Matches blank lines, comments and document markers, which do not belong to the item above them. */
const BETWEEN_ITEMS = /^[ \t]*(?:#.*)?$|^(?:---|\.\.\.)(?:[ \t].*)?$/;

/**
 * End of the last line with content before `boundary`, without its line break. `last` is the end of the item's last
 * scalar.
 */
function contentEnd(text: string, from: number, boundary: number, last: number): number {
  for (let end = boundary; ; ) {
    const stop = withoutBreak(text, end);
    const start = lineStart(text, stop);
    if (start <= from || start < last || !BETWEEN_ITEMS.test(text.slice(start, stop))) return Math.max(stop, from);
    end = start;
  }
}

function withoutBreak(text: string, end: number): number {
  if (text[end - 1] !== "\n") return end;
  return text[end - 2] === "\r" ? end - 2 : end - 1;
}

/** The metadata in the comments directly above an item, and the offsets of the line with the metadata. */
function metadataAbove(
  text: string,
  dash: number,
  least: number,
): { readonly start: number; readonly end: number; readonly metadata: ExceptionMetadata } | undefined {
  for (let end = dash; end > least; ) {
    const start = lineStart(text, end - 1);
    const line = text.slice(start, withoutBreak(text, end));
    if (start < least || !line.startsWith("#")) return undefined;
    const metadata = metadataIn(line);
    if (metadata !== undefined) return { start, end, metadata };
    end = start;
  }
  return undefined;
}

/** Whether a comment directly above an item could be read as metadata. */
function hasMetadataAbove(text: string, dash: number, least: number): boolean {
  for (let end = dash; end > least; ) {
    const start = lineStart(text, end - 1);
    const line = text.slice(start, end);
    if (start < least || !line.startsWith("#")) return false;
    if (hasMetadata(line)) return true;
    end = start;
  }
  return false;
}

/** An error for the user about invalid YAML. @param file path of the file; undefined for text that a user submitted */
export function invalidYaml(text: string, problem: YamlProblem | undefined, file: string | undefined): Error {
  const { offset = 0, message = "cannot be parsed" } = problem ?? {};
  const before = text.slice(0, offset).split("\n");
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
  const place = file === undefined ? `Line ${line} of the text` : `${file}:${line}:${column}`;
  return new Error(`${place}: Invalid YAML: ${message.replace(/\.$/, "")}.`);
}

/**
 * Whether the text of an item has the same meaning without the rest of the file. For example, an alias refers to
 * another item.
 */
async function isWhole(yaml: string, item: YamlNode): Promise<boolean> {
  const parsed = await parseYaml(yaml);
  if ("problems" in parsed) return false;
  const [root, ...more] = parsed.documents;
  if (root?.kind !== "sequence" || more.length > 0) return false;
  const [only, ...others] = root.items;
  return only !== undefined && others.length === 0 && isSame(only, item);
}

function isSame(one: YamlNode, other: YamlNode): boolean {
  if (one.kind === "scalar") return other.kind === "scalar" && one.text === other.text && one.style === other.style;
  if (one.kind === "sequence")
    return (
      other.kind === "sequence" &&
      one.items.length === other.items.length &&
      one.items.every((item, i) => isSame(item, other.items[i] ?? item))
    );
  return (
    other.kind === "mapping" &&
    one.entries.length === other.entries.length &&
    one.entries.every(({ key, value }, i) => {
      const pair = other.entries[i];
      return pair !== undefined && isSame(key, pair.key) && isSame(value, pair.value);
    })
  );
}

/**
 * Returns a function that returns the line number of an offset, starting at 1. The offsets of later calls must not
 * decrease.
 */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    for (let at = text.indexOf("\n", counted); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
      line++;
      counted = at + 1;
    }
    return line;
  };
}
