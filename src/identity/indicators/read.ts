import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { type IndicatorData, type IndicatorKind, IndicatorSetBuilder } from "../../condition/indicator-set.ts";
import { readStix } from "./stix.ts";
import { adders } from "./values.ts";

/** Maximum size of a file, in bytes. */
export const MAX_BYTES = 512 << 20;
/** Maximum size of a STIX bundle, in bytes. A bundle is parsed in memory as a whole. */
export const MAX_BUNDLE = 256 << 20;
export const MAX_INDICATORS = 20_000_000;
const CHUNK = 1 << 20;
/** Maximum length of a line, in characters; longer lines are truncated. */
const MAX_LINE = 4096;
/** Maximum number of invalid lines or objects that are reported individually. */
const NAMED = 3;

/** A file with indicators of one kind. Format: plain text, CSV (`.csv`) or a STIX bundle (`.json`). */
export interface IndicatorFile {
  readonly file: string;
  readonly kind: IndicatorKind;
}

/** The indicators of a file. */
export interface IndicatorContent {
  readonly data: IndicatorData;
  /** Number of invalid lines or objects. */
  readonly invalid: number;
  /** One sentence for each of the first invalid lines or objects, and one about ignored STIX patterns. */
  readonly examples: readonly string[];
  /** Version of the file; see {@link fileVersion}. */
  readonly version: string;
}

/** Returns a string that changes when the file changes; "" if the file does not exist. */
export function fileVersion(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return "";
  }
}

/**
 * Reads a file. Must be called in a worker, because a million lines take about a second.
 * @throws Error with the reason if the file cannot be read, or changes while it is being read
 */
export function readIndicators({ file, kind }: IndicatorFile, seed: number): IndicatorContent {
  const version = fileVersion(file);
  const set = new IndicatorSetBuilder(seed);
  const examples: string[] = [];
  let invalid = 0;
  const refuse = (place: string, value: string): void => {
    invalid++;
    if (examples.length < NAMED)
      examples.push(`${file}:${place}: ${JSON.stringify(value.slice(0, 80))} is not ${called[kind]}.`);
  };
  const take = (value: string): boolean => {
    if (set.size >= MAX_INDICATORS) throw new Error(`the file has more than ${MAX_INDICATORS} indicators`);
    return adders[kind](set, value);
  };
  if (/\.json$/i.test(file)) {
    const { values, skipped } = readStix(wholeText(file), kind, Date.now());
    for (const { value, id } of values) if (!take(value)) refuse(id, value);
    invalid += skipped;
    if (skipped > 0)
      examples.push(`${file}: ${skipped} STIX pattern(s) ignored: only comparisons with a single value are supported.`);
  } else {
    const cells = /\.csv$/i.test(file);
    let number = 0;
    eachLine(file, (line) => {
      number++;
      const text = withoutComment(line);
      if (text === "") return;
      const valid = cells ? cellsOf(text).some(take) : take(text);
      if (!valid && !(cells && number === 1)) refuse(String(number), text); // the first line may be a header
    });
  }
  if (fileVersion(file) !== version) throw new Error("the file changed while it was read");
  return { data: set.build(), invalid, examples, version };
}

const called: Readonly<Record<IndicatorKind, string>> = {
  hash: "an MD5, SHA-1 or SHA-256 hash",
  address: "an address or a network",
  domain: "a domain name",
};

/** Removes a comment that starts with `#`, and whitespace at both ends of the line. */
function withoutComment(line: string): string {
  const hash = line.indexOf("#");
  return (hash < 0 ? line : line.slice(0, hash)).trim();
}

/** The cells of a CSV line, separated by commas, semicolons or tabs. */
function cellsOf(line: string): string[] {
  return line.split(/[,;\t]/).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, "$1")
      .trim(),
  );
}

function openFile(file: string, limit: number): number {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.size <= limit) return fd;
  closeSync(fd);
  throw new Error(stat.isFile() ? `the file is larger than ${limit >> 20} MiB` : "the path is not a regular file");
}

function wholeText(file: string): string {
  const fd = openFile(file, MAX_BUNDLE);
  try {
    const content = Buffer.allocUnsafe(fstatSync(fd).size);
    let size = 0;
    while (size < content.length) {
      const count = readSync(fd, content, size, content.length - size, null);
      if (count === 0) break;
      size += count;
    }
    return content.toString("utf8", 0, size).replace(/^\ufeff/, "");
  } finally {
    closeSync(fd);
  }
}

function eachLine(file: string, take: (line: string) => void): void {
  const fd = openFile(file, MAX_BYTES);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) {
      const lines = (rest + decoder.write(buffer.subarray(0, count))).split("\n");
      rest = (lines.pop() ?? "").slice(0, MAX_LINE);
      for (const line of lines) take(line.slice(0, MAX_LINE));
    }
    if (rest !== "") take(rest);
  } finally {
    closeSync(fd);
  }
}
