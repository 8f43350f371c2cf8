import type { Decode } from "./decode.ts";
import type { RefusedPart } from "./split.ts";

const LF = 10;

/** For messages of brokers: one text, or a text a line. */
export function decodeMessage(decode: Decode): Decode {
  return (bytes, received) => {
    const whole = decode(bytes, received);
    const first = bytes.indexOf(LF);
    if (whole.documents.length > 0 || first < 0 || first === bytes.length - 1) return whole;
    const documents = [];
    const refused: RefusedPart[] = [];
    for (let from = 0, part = 1; from < bytes.length; part++) {
      const end = bytes.indexOf(LF, from);
      const line = bytes.subarray(from, end < 0 ? bytes.length : end);
      from = end < 0 ? bytes.length : end + 1;
      if (line.length === 0) continue;
      const parts = decode(line, received);
      documents.push(...parts.documents);
      for (const { reason, message } of parts.refused) refused.push({ part, reason, message });
    }
    return documents.length > 0 ? { documents, refused } : whole;
  };
}

/** Milliseconds between two sentences on messages that are no events. */
const SILENCE = 60_000;

/** Says of messages that give no event why, but not of each. */
export function sayingRefusals(decode: Decode, from: string, say: (sentence: string) => void): Decode {
  let quietUntil = 0;
  return (bytes, received) => {
    const parts = decode(bytes, received);
    const [wrong] = parts.refused;
    if (wrong !== undefined && Date.now() >= quietUntil) {
      quietUntil = Date.now() + SILENCE;
      say(`a message from ${from} is left out: ${wrong.message}`);
    }
    return parts;
  };
}
