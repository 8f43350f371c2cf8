import { JsonTextError, parseJson } from "../event/json-text.ts";
import type { Received } from "./feed.ts";
import type { Parts, Split } from "./split.ts";

/** Decodes one text into events: a line, a message, a record. Keeps no reference to the bytes, and throws nothing. */
export type Decode = (text: Uint8Array, received: Received) => Parts;

/**
 * The decoder of JSON texts.
 * @param most bytes that an event may have
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
