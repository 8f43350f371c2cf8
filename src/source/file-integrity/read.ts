import { isObject } from "../../event/document.ts";
import type { ReadPart } from "../split.ts";

/** Reads a recorded change: an object with the time and either the path or the kind of notice. */
export const readChange: ReadPart = (value, received) => {
  if (!isObject(value) || typeof value.change !== "string")
    return { reason: "no_change", message: "it is not a file change" };
  const time = typeof value.time === "string" ? Date.parse(value.time) : Number.NaN;
  return { time: Number.isFinite(time) ? BigInt(time) * 1_000_000n : received.time, value };
};
