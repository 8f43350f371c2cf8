import { JsonTextError, parseJson } from "../event/json-text.ts";
import type { Received } from "./feed.ts";
import type { Parts, Split } from "./split.ts";

/** Decodes one line, message or record into events. Keeps no reference to the bytes and never throws. */
export type Decode = (text: Uint8Array, received: Received) => Parts;

/**
 * Returns the decoder for lines, messages and records in JSON.
 * @param most maximum size of an event, in bytes
 */
export function decodeJson(split: Split, most: number): Decode {
  return (text, received) => {
    try {
      return split(parseJson(text), received, most);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      return { documents: [], refused: [{ part: 1, reason: "not_json", message: error.message }] };
    }
  };
}
