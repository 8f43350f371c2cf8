import { byteString } from "../../event/bytes.ts";
import type { Document } from "../../event/document.ts";
import { JsonTextError, parseJsonText } from "../../event/json-text.ts";
import type { Decode } from "../decode.ts";
import type { Received } from "../feed.ts";
import type { Parts, Split } from "../split.ts";
import { parseSyslog, type SyslogMessage, syslogJson } from "./parse.ts";

const PER_MS = 1_000_000n;

/**
 * Returns a decoder that converts syslog messages to JSON events. Unless the mapping sets them, the time, host and kind
 * of an event are the time, host and program of its message.
 * @param split splits JSON into the events of the source
 * @param unwrap whether JSON in a message is decoded as the event
 * @param most maximum size of an event, in bytes
 */
export function decodeSyslog(split: Split, unwrap: boolean, most: number): Decode {
  return (text, received) => {
    const message = read(text, received);
    const inner = unwrap ? jsonIn(message, split, received, most) : undefined;
    return named(inner ?? split(syslogJson(message), timeOf(message, received), most), message);
  };
}

/** Returns a decoder of JSON in syslog messages; messages without JSON are rejected. */
export function decodeJsonInSyslog(split: Split, most: number): Decode {
  return (text, received) => {
    const message = read(text, received);
    const parts = jsonIn(message, split, received, most);
    if (parts !== undefined) return parts;
    return { documents: [], refused: [{ part: 1, reason: "not_json", message: "the message contains no JSON" }] };
  };
}

function read(text: Uint8Array, { time }: Received): SyslogMessage {
  return parseSyslog(byteString(text, 0, text.length), Number(time / PER_MS));
}

function timeOf({ time }: SyslogMessage, received: Received): Received {
  return time === undefined ? received : { time };
}

/** Prefix that some senders add before JSON. */
const COOKIE = /^\s*(?:@cee:\s*)?(?=[{[])/;

function jsonIn(message: SyslogMessage, split: Split, received: Received, most: number): Parts | undefined {
  const cookie = COOKIE.exec(message.message);
  if (cookie === null) return undefined;
  try {
    const value = parseJsonText(message.message.slice(cookie[0].length));
    return split(value, timeOf(message, received), most);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}

/** Sets missing hosts and kinds of events to the host and program of the message. */
function named({ documents, refused }: Parts, { host, app }: SyslogMessage): Parts {
  if (host === undefined && app === undefined) return { documents, refused };
  return {
    documents: documents.map(
      (each): Document => ({
        ...each,
        ...(each.host === undefined && host !== undefined && { host }),
        ...(each.kind === undefined && app !== undefined && { kind: app }),
      }),
    ),
    refused,
  };
}
