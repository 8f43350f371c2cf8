import { byteString } from "../event/bytes.ts";
import { isObject, type JsonObject } from "../event/document.ts";
import { JsonTextError, parseJsonText } from "../event/json-text.ts";
import { truncated } from "./truncate.ts";

// Reads the events of a request body one by one, for bodies that would need too much memory if parsed as a whole.

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93];

/**
 * Members that contain bodies; the maximum size, in bytes, of another member, of all other members together, and of a
 * key.
 */
const BODIES: ReadonlySet<string> = new Set(["requestObject", "responseObject"]);
const LONGEST_MEMBER = 65_536;
const ALL_MEMBERS = 131_072;
const LONGEST_KEY = 64;

/**
 * Returns the JSON of each event in a request body. The body consists of one or more JSON texts, each of which is a
 * list, an `EventList` or an event. If a text is incomplete, only its complete events are returned.
 */
export function* itemTexts(body: Uint8Array): Generator<Uint8Array, void> {
  let depth = 0;
  /** Nesting depth of the current list of events; -1 outside of a list. */
  let around = -1;
  let from = -1;
  let key = "";
  /** Offset of the outermost object, and whether it contains events. */
  let outermost = -1;
  let hadItems = false;
  for (let at = 0; at < body.length; at++) {
    switch (body[at]) {
      case QUOTE: {
        const end = endOfText(body, at);
        if (depth === 1) key = keyIn(body, at, end);
        at = end;
        break;
      }
      case OPEN_LIST:
        depth++;
        if (depth === 1 || (depth === 2 && around < 0 && key === "items")) around = depth;
        break;
      case OPEN_OBJECT:
        if (depth === 0) {
          outermost = at;
          hadItems = false;
        }
        if (depth === around) from = at;
        depth++;
        break;
      case CLOSE_OBJECT:
        depth--;
        if (depth === around && from >= 0) {
          hadItems = true;
          yield body.subarray(from, at + 1);
          from = -1;
        } else if (depth === 0 && outermost >= 0 && !hadItems) yield body.subarray(outermost, at + 1);
        break;
      case CLOSE_LIST:
        if (depth === around) around = -1;
        depth--;
        break;
    }
  }
}

/**
 * Parses an event without its bodies, as if it were truncated by an API server. Returns an empty event for invalid
 * JSON.
 */
export function eventWithoutBodies(text: Uint8Array): JsonObject {
  const kept: string[] = [];
  let room = ALL_MEMBERS;
  for (const { key, from, to } of membersOf(text)) {
    if (BODIES.has(key) || to - from > Math.min(LONGEST_MEMBER, room)) continue;
    room -= to - from;
    kept.push(byteString(text, from, to));
  }
  try {
    const event = parseJsonText(`{${kept.join(",")}}`);
    if (isObject(event)) return truncated(event);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
  }
  return truncated({ kind: "Event" });
}

/** The members of the outermost object: the key, and the start and end offsets of each. */
function* membersOf(
  text: Uint8Array,
): Generator<{ readonly key: string; readonly from: number; readonly to: number }, void> {
  let depth = 0;
  let from = -1;
  let key: string | undefined;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE: {
        const end = endOfText(text, at);
        if (depth === 1 && from < 0) {
          from = at;
          key = undefined;
        }
        if (depth === 1 && key === undefined) key = keyIn(text, at, end);
        at = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_LIST:
        depth++;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth--;
        if (depth > 0) break;
        if (from >= 0) yield { key: key ?? "", from, to: at };
        return;
      case COMMA:
        if (depth !== 1 || from < 0) break;
        yield { key: key ?? "", from, to: at };
        from = -1;
        break;
    }
  }
}

/** The position of the quote that ends a string. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) at++;
  }
  return bytes.length;
}

/** A string without escapes that can be the key of a known member; "" for any other string. */
function keyIn(bytes: Uint8Array, from: number, end: number): string {
  const length = end - from - 1;
  return length > LONGEST_KEY ? "" : byteString(bytes, from + 1, end);
}
