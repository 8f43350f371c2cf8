import type { Decode } from "./decode.ts";
import type { RejectedPart } from "./split.ts";

const LF = 10;

/** Returns a decoder of broker messages that `decode` accepts as a whole or line by line. */
export function decodeMessage(decode: Decode): Decode {
  return (bytes, received) => {
    const whole = decode(bytes, received);
    const first = bytes.indexOf(LF);
    if (whole.documents.length > 0 || first < 0 || first === bytes.length - 1) return whole;
    const documents = [];
    const refused: RejectedPart[] = [];
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

/** Minimum interval between log messages about rejected messages, in milliseconds. */
const SILENCE = 60_000;

/** Limits log messages about rejected messages to one per minute. */
export function limitedRejections(say: (sentence: string) => void): (sentence: string) => void {
  let quietUntil = 0;
  return (sentence) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + SILENCE;
    say(sentence);
  };
}

/** Wraps a decoder to report why a message, or the first rejected part of it, is rejected. */
export function reportingRejections(decode: Decode, from: string, report: (sentence: string) => void): Decode {
  return (bytes, received) => {
    const parts = decode(bytes, received);
    const [refused] = parts.refused;
    if (refused !== undefined) report(`a message from ${from} is skipped: ${refused.message}`);
    return parts;
  };
}
