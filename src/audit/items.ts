import { byteString } from "../event/bytes.ts";
import { isObject, type JsonObject } from "../event/document.ts";
import { JsonTextError, parseJsonText } from "../event/json-text.ts";
import { isKept, truncated } from "./truncate.ts";

// Reads the events of a request body one by one, for bodies that would need too much memory if parsed as a whole.

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93];

/** Maximum size, in bytes, of a kept member, of all kept members together, and of a key. */
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
  const kept = keptMembers(text).map(({ from, to }) => byteString(text, from, to));
  try {
    const event = parseJsonText(`{${kept.join(",")}}`);
    if (isObject(event)) return truncated(event);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
  }
  return truncated({ kind: "Event" });
}

/**
 * The members that fit into the limits, in the order of the text. Short members take precedence, because a client can
 * make members such as `requestURI` and `sourceIPs` long, but not the members that identify its request.
 */
function keptMembers(text: Uint8Array): readonly Member[] {
  const byKey = new Map<string, Member>();
  for (const each of membersOf(text)) if (isKept(each.key) && sizeOf(each) <= LONGEST_MEMBER) byKey.set(each.key, each);
  const kept: Member[] = [];
  let room = ALL_MEMBERS;
  for (const each of [...byKey.values()].sort((one, other) => sizeOf(one) - sizeOf(other))) {
    room -= sizeOf(each);
    if (room < 0) break;
    kept.push(each);
  }
  return kept.sort((one, other) => one.from - other.from);
}

/** A member of an object: its key, and its start and end offsets. */
interface Member {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

function sizeOf({ from, to }: Member): number {
  return to - from;
}

/** The members of the outermost object. */
function* membersOf(text: Uint8Array): Generator<Member, void> {
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
