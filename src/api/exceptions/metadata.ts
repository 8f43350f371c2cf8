/**
 * Metadata of an exception that was added or changed on the page. The metadata is in a comment above the exception, so
 * that it stays with the exception when the file is edited, sorted or copied.
 */
export interface ExceptionMetadata {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** The user who added the exception, and the time (ISO 8601); undefined if the exception was written by hand. */
  readonly user?: string;
  readonly time?: string;
  readonly reason?: string;
  /** Time at which the exception is removed, ISO 8601. */
  readonly expires?: string;
  /** Last change on the page. */
  readonly changed?: { readonly user: string; readonly time: string };
}

/** Maximum number of characters of a reason. */
export const MAX_REASON = 500;
/** Maximum number of characters of a user's name. */
const MAX_NAME = 200;
/** Maximum number of characters of a comment with metadata. An escaped character takes six characters. */
const MAX_LINE = 8192;

const PREFIX = "# eyas-exception: ";
const ID = /^[0-9a-f]{16}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/**
 * The comment with the metadata. Characters that are not printable ASCII are escaped, so that text from users cannot
 * end the line.
 * @throws Error if the metadata is not valid, so that no exception loses its owner and expiry
 */
export function metadataLine({ id, user, time, reason, expires, changed }: ExceptionMetadata): string {
  const named = (name: string): string => name.slice(0, MAX_NAME);
  const written = {
    id,
    ...(user !== undefined && { user: named(user) }),
    ...(time !== undefined && { time }),
    ...(reason !== undefined && reason !== "" && { reason: reason.slice(0, MAX_REASON) }),
    ...(expires !== undefined && { expires }),
    ...(changed && { changed: { user: named(changed.user), time: changed.time } }),
  };
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const line = PREFIX + JSON.stringify(written).replace(/[^\x20-\x7e]/g, escaped);
  if (metadataIn(line) === undefined) throw new Error(`The metadata of an exception is not valid: ${line}`);
  return line;
}

/** The line with the metadata in the text of an exception, and the metadata; undefined if the text has no metadata. */
export function metadataOf(text: string): { readonly line: string; readonly metadata: ExceptionMetadata } | undefined {
  for (const [line] of text.matchAll(/^# eyas-exception: [^\r\n]*/gm)) {
    const metadata = metadataIn(line);
    if (metadata !== undefined) return { line, metadata };
  }
  return undefined;
}

/** The metadata in a line; undefined if the line is not exactly in the format that the page writes. */
export function metadataIn(line: string): ExceptionMetadata | undefined {
  if (!line.startsWith(PREFIX) || line.length > MAX_LINE) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.slice(PREFIX.length));
  } catch {
    return undefined;
  }
  return isMetadata(value) ? value : undefined;
}

/**
 * Whether a text contains a comment that could be read as metadata. Texts that users submit must not contain such
 * comments.
 */
export function hasMetadata(text: string): boolean {
  return /#\s*eyas-exception\b/.test(text);
}

type Check = (value: unknown) => boolean;

const isText =
  (most: number): Check =>
  (value) =>
    typeof value === "string" && value.length <= most;

export const isTime: Check = (value) =>
  typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value));

const changedKeys: Readonly<Record<string, Check>> = { user: isText(MAX_NAME), time: isTime };

const keys: Readonly<Record<string, Check>> = {
  id: (value) => typeof value === "string" && ID.test(value),
  user: isText(MAX_NAME),
  time: isTime,
  reason: isText(MAX_REASON),
  expires: isTime,
  changed: (value) => hasOnly(value, changedKeys) && "user" in value && "time" in value,
};

function isMetadata(value: unknown): value is ExceptionMetadata {
  return hasOnly(value, keys) && "id" in value;
}

function hasOnly(value: unknown, checks: Readonly<Record<string, Check>>): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, one]) => Object.hasOwn(checks, key) && checks[key]?.(one) === true);
}
