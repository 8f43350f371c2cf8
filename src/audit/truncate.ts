import { byteString } from "../event/bytes.ts";
import { isArray, isObject, type Json, type JsonObject, member } from "../event/document.ts";
import { TRUNCATED } from "../event/dry-run.ts";
import { JsonTextError, parseJsonText } from "../event/json-text.ts";

/**
 * Keys of an event that are kept. Keys with short values come first, so that long values do not use up the limits. All
 * other keys contain bodies, or are not written by API servers.
 */
const KEPT = [
  ...["kind", "apiVersion", "level", "auditID", "stage", "requestReceivedTimestamp", "stageTimestamp", "verb"],
  ...["objectRef", "sourceIPs", "user", "impersonatedUser", "responseStatus", "requestURI", "userAgent", "annotations"],
] as const;
const KEPT_KEYS: ReadonlySet<string> = new Set(KEPT);

/** Whether a truncated event keeps the member with this key. */
export function isKept(key: string): boolean {
  return KEPT_KEYS.has(key);
}

/**
 * Limits of the kept values: size of a string and of all strings in bytes, number of members of a list or object, and
 * nesting depth.
 */
const LONGEST_TEXT = 4096;
const ALL_TEXTS = 32_768;
const MOST_MEMBERS = 64;
const LEVELS = 6;

/**
 * Truncates an event that exceeds the limits: removes its bodies and shortens strings. The event is marked like events
 * truncated by an API server, so that rules can test it.
 */
export function truncated(event: JsonObject): JsonObject {
  const room = { bytes: ALL_TEXTS };
  const kept: Record<string, Json> = { auditID: "" };
  for (const key of KEPT) {
    const value = member(event, key);
    if (value !== undefined) kept[key] = shortened(value, LEVELS, room);
  }
  const { annotations } = kept;
  kept.annotations = { ...(isObject(annotations) && annotations), [TRUNCATED]: "true" };
  return kept;
}

function shortened(value: Json, levels: number, room: { bytes: number }): Json {
  if (typeof value === "string") {
    const text = value.slice(0, Math.min(LONGEST_TEXT, room.bytes));
    room.bytes -= text.length;
    return text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  if (isArray(value)) return value.slice(0, MOST_MEMBERS).map((item) => shortened(item, levels - 1, room));
  const kept: Record<string, Json> = {};
  let members = 0;
  for (const key in value) {
    const item = value[key];
    if (item === undefined || key.length > LONGEST_TEXT || key === "__proto__") continue;
    if (members++ === MOST_MEMBERS) break;
    kept[key] = shortened(item, levels - 1, room);
  }
  return kept;
}

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93];

/**
 * Parses the complete members of an event whose JSON ends early. An API server writes bodies last, after the members
 * that identify the request.
 */
export function beginningOfEvent(text: Uint8Array): JsonObject {
  const end = endOfMembers(text);
  if (end === 0) return { kind: "Event" };
  try {
    const event = parseJsonText(`${byteString(text, 0, end)}}`);
    return isObject(event) ? event : { kind: "Event" };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return { kind: "Event" };
  }
}

/** The offset after the last complete member of the outermost object; 0 if there is none. */
function endOfMembers(text: Uint8Array): number {
  let end = 0;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    else if (byte === COMMA && depth === 1) end = at;
  }
  return end;
}
