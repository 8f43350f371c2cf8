import { isObject } from "../../event/document.ts";
import { eventTime } from "../../event/timestamp.ts";
import type { ReadPart } from "../split.ts";

/** Decodes a recorded change or notice: an object with `change`, and usually `time`. */
export const readChange: ReadPart = (value, received) => {
  if (!isObject(value) || typeof value.change !== "string")
    return { reason: "no_change", message: "it is not a file change" };
  const time = typeof value.time === "string" ? Date.parse(value.time) : Number.NaN;
  const at = Number.isFinite(time) ? eventTime(BigInt(time) * 1_000_000n) : undefined;
  return { time: at ?? received.time, value };
};
